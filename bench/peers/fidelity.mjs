// The protocol of the peers of the fidelity benchmark; `src/fidelity/peer.rs` is the other end.
//
// Given the path of a Chromium, it launches it and prints "ready". Each line of its input is a case, and each line
// of its output what a short script with this library makes of it. An option that the library does not have is left
// out: the result counts.

import { createInterface } from "node:readline";

/** Our `wait_for` by its name in a library; without one, a peer waits for its own default. */
function waitUntil(waitFor, names) {
  return waitFor === undefined ? undefined : names[waitFor];
}

/** Loads the page of a case as its users would: a token is an event, anything else a selector. */
export async function load(page, body, names) {
  const event = waitUntil(body.wait_for, names);
  const options = { waitUntil: event, timeout: body.timeout_ms ?? 30000 };
  if (event === undefined) delete options.waitUntil;
  try {
    await (body.html === undefined ? page.goto(body.url, options) : page.setContent(body.html, options));
  } catch (error) {
    if (error.name !== "TimeoutError" || !body.timeout_fallback_to) throw error;
  }
  if (body.wait_for !== undefined && event === undefined) {
    await page.waitForSelector(body.wait_for, { timeout: options.timeout });
  }
  if (body.scroll) await page.evaluate(scrollThrough);
  if (body.delay_ms) await new Promise((resolve) => setTimeout(resolve, body.delay_ms));
}

/** What scripts do so that lazy images load. */
async function scrollThrough() {
  const bottom = document.documentElement.scrollHeight;
  for (let y = 0; y < bottom; y += innerHeight) {
    scrollTo(0, y);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  scrollTo(0, 0);
}

/** The options of a picture. */
export function pictureOptions(body) {
  return { type: body.format ?? "png", fullPage: body.full_page ?? false };
}

/** The options of a PDF, with the defaults of the library for what a case does not say. */
export function pdfOptions(body) {
  const all = {
    format: body.width ? undefined : body.format,
    width: body.width,
    height: body.height,
    landscape: body.orientation === undefined ? undefined : body.orientation === "landscape",
    margin: body.margin,
    preferCSSPageSize: body.prefer_css_page_size,
    printBackground: true,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** Serves the runner; `launch(chromium)` returns `{ render(kind, body), close() }`. */
export async function serve(launch) {
  const { render, close } = await launch(process.argv[2]);
  console.log("ready");
  for await (const line of createInterface({ input: process.stdin })) {
    const { kind, body } = JSON.parse(line);
    const start = performance.now();
    let result;
    try {
      result = { status: 200, file: Buffer.from(await render(kind, body)).toString("base64") };
    } catch (error) {
      const code = error.name === "TimeoutError" ? "navigation_timeout" : "navigation_failed";
      result = { status: 500, code, message: String(error.message ?? error).slice(0, 200) };
    }
    console.log(JSON.stringify({ ...result, ms: Math.round(performance.now() - start) }));
  }
  await close();
  process.exit(0);
}
