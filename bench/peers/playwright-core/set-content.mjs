// Playwright: one browser, and a kept page for each concurrent render, into which documents are set.

import { chromium } from "playwright-core";
import { PDF, keep, serve } from "../renderer.mjs";

await serve(async (config) => {
  const browser = await chromium.launch({ executablePath: config.chromium, chromiumSandbox: true });
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
  const pages = await keep(config.at_once, () => context.newPage());
  const render = (target) =>
    pages.use(async (page) => {
      await page.setContent(target.html, { waitUntil: "load" });
      if (config.output.as === "pdf") return page.pdf(PDF);
      return page.screenshot({ type: "png", fullPage: config.output.full });
    });
  return { render, close: () => browser.close() };
});
