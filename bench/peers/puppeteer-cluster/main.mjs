// puppeteer-cluster: CONCURRENCY_CONTEXT, a browser and a context of its own for every render.

import puppeteer from "puppeteer-core";
import { Cluster } from "puppeteer-cluster";
import { PDF, serve } from "../renderer.mjs";

await serve(async (order) => {
  const cluster = await Cluster.launch({
    puppeteer,
    concurrency: Cluster.CONCURRENCY_CONTEXT,
    maxConcurrency: order.at_once,
    puppeteerOptions: {
      executablePath: order.chromium,
      headless: "shell",
      defaultViewport: { width: 1280, height: 720 },
    },
  });
  const task = async ({ page, data }) => {
    await page.goto(data.url, { waitUntil: "load" });
    if (order.output.as === "pdf") return page.pdf(PDF);
    return page.screenshot({ type: "png", fullPage: order.output.full });
  };
  return { render: (target) => cluster.execute(target, task), close: () => cluster.close() };
});
