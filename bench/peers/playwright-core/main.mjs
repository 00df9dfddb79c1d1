// Playwright: a browser, and a context of its own for every render.

import { chromium } from "playwright-core";
import { PDF, serve } from "../renderer.mjs";

await serve(async (order) => {
  const browser = await chromium.launch({ executablePath: order.chromium, chromiumSandbox: true });
  const viewport = { width: 1280, height: 720 };
  const render = async (target) => {
    const context = await browser.newContext({ viewport });
    try {
      const page = await context.newPage();
      await page.goto(target.url, { waitUntil: "load" });
      if (order.output.as === "pdf") return await page.pdf(PDF);
      return await page.screenshot({ type: "png", fullPage: order.output.full });
    } finally {
      await context.close();
    }
  };
  return { render, close: () => browser.close() };
});
