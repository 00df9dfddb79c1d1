// Puppeteer with its defaults: one browser, and a new context for every case.

import puppeteer from "puppeteer-core";
import { load, pdfOptions, pictureOptions, serve } from "../fidelity.mjs";

const EVENTS = { dom_content_loaded: "domcontentloaded", load: "load", network_idle: "networkidle0" };

await serve(async (executablePath) => {
  // Its own default is 800 × 600; the cases speak of 1280 × 720.
  const defaultViewport = { width: 1280, height: 720 };
  const browser = await puppeteer.launch({ executablePath, headless: "shell", defaultViewport });
  const render = async (kind, body) => {
    const context = await browser.createBrowserContext();
    try {
      const page = await context.newPage();
      await load(page, body, EVENTS);
      return kind === "pdf" ? await page.pdf(pdfOptions(body)) : await page.screenshot(pictureOptions(body));
    } finally {
      await context.close();
    }
  };
  return { render, close: () => browser.close() };
});
