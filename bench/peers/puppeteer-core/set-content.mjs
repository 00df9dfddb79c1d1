// Puppeteer: one browser, and a kept page for each concurrent render, into which documents are set.

import puppeteer from "puppeteer-core";
import { PDF, keep, serve } from "../renderer.mjs";

await serve(async (config) => {
  const defaultViewport = { width: 1280, height: 720 };
  const browser = await puppeteer.launch({ executablePath: config.chromium, headless: "shell", defaultViewport });
  const pages = await keep(config.at_once, () => browser.newPage());
  const render = (target) =>
    pages.use(async (page) => {
      await page.setContent(target.html, { waitUntil: "load" });
      if (config.output.as === "pdf") return page.pdf(PDF);
      return page.screenshot({ type: "png", fullPage: config.output.full });
    });
  return { render, close: () => browser.close() };
});
