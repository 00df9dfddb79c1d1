// browserless' own server. By default it launches Playwright's browser; here it is the binary of all contenders.

import playwright from "playwright-core";

playwright.chromium.executablePath = () => process.env.BENCH_CHROMIUM;

const { Browserless, BrowserlessRoutes } = await import("@browserless.io/browserless");
const server = new Browserless();
// It starts only if every route has a browser.
server.disableRoutes(...Object.values(BrowserlessRoutes).filter((name) => /^(Chrome(?!ium)|Edge|Firefox|WebKit)/u.test(name)));
await server.start();
console.log("ready");

// It ends when its stdin ends.
process.stdin.on("end", () => process.exit(0)).resume();
