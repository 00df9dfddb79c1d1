// Puppeteer: a browser, and a context of its own for every render.

import puppeteer from "puppeteer-core";
import { PDF, serve } from "../renderer.mjs";

await serve(async (order) => {
  const defaultViewport = { width: 1280, height: 720 };
  const browser = await puppeteer.launch({ executablePath: order.chromium, headless: "shell", defaultViewport });
  const render = async (target) => {
    const context = await browser.createBrowserContext();
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
