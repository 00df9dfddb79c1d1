// Playwright with its defaults: one browser, and a new context for every case.

import { chromium } from "playwright-core";
import { load, pdfOptions, pictureOptions, serve } from "../fidelity.mjs";

const EVENTS = { commit: "commit", dom_content_loaded: "domcontentloaded", load: "load", network_idle: "networkidle" };

await serve(async (executablePath) => {
  const browser = await chromium.launch({ executablePath, chromiumSandbox: true });
  const render = async (kind, body) => {
    const context = await browser.newContext();
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
