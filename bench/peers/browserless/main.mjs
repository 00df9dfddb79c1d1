// browserless' own server. It launches what Playwright would; here that is the binary everybody uses.

import playwright from "playwright-core";

playwright.chromium.executablePath = () => process.env.BENCH_CHROMIUM;

const { Browserless, BrowserlessRoutes } = await import("@browserless.io/browserless");
const server = new Browserless();
// It starts only with a browser for every route.
server.disableRoutes(...Object.values(BrowserlessRoutes).filter((name) => /^(Chrome(?!ium)|Edge|Firefox|WebKit)/u.test(name)));
await server.start();
console.log("ready");

// It ends when its stdin does.
process.stdin.on("end", () => process.exit(0)).resume();
