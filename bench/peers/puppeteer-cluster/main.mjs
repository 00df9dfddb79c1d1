// puppeteer-cluster: CONCURRENCY_CONTEXT, one browser, and a new context for every render.

import puppeteer from "puppeteer-core";
import { Cluster } from "puppeteer-cluster";
import { PDF, serve } from "../renderer.mjs";

await serve(async (config) => {
  const cluster = await Cluster.launch({
    puppeteer,
    concurrency: Cluster.CONCURRENCY_CONTEXT,
    maxConcurrency: config.at_once,
    puppeteerOptions: {
      executablePath: config.chromium,
      headless: "shell",
      defaultViewport: { width: 1280, height: 720 },
    },
  });
  const task = async ({ page, data }) => {
    await page.goto(data.url, { waitUntil: "load" });
    if (config.output.as === "pdf") return page.pdf(PDF);
    return page.screenshot({ type: "png", fullPage: config.output.full });
  };
  return { render: (target) => cluster.execute(target, task), close: () => cluster.close() };
});
