// Puppeteer: one browser, and a new context for every render.

import puppeteer from "puppeteer-core";
import { PDF, serve } from "../renderer.mjs";

await serve(async (config) => {
  const defaultViewport = { width: 1280, height: 720 };
  const browser = await puppeteer.launch({ executablePath: config.chromium, headless: "shell", defaultViewport });
  const render = async (target) => {
    const context = await browser.createBrowserContext();
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
