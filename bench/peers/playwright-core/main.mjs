// Playwright: one browser, and a new context for every render.

import { chromium } from "playwright-core";
import { PDF, serve } from "../renderer.mjs";

await serve(async (config) => {
  const browser = await chromium.launch({ executablePath: config.chromium, chromiumSandbox: true });
  const viewport = { width: 1280, height: 720 };
  const render = async (target) => {
    const context = await browser.newContext({ viewport });
    try {
      const page = await context.newPage();
      await page.goto(target.url, { waitUntil: "load" });
      if (config.output.as === "pdf") return await page.pdf(PDF);
      return await page.screenshot({ type: "png", fullPage: config.output.full });
    } finally {
      await context.close();
    }
  };
  return { render, close: () => browser.close() };
});
