// The protocol of every peer of the render benchmark in JavaScript; `src/render/driver.rs` is the other end.
//
// Given a configuration file, it launches its browser, warms up and prints "ready". On `go SECONDS` it renders for
// that long and reports in one line. It ends when its stdin ends.

import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";

const PNG = Buffer.from("89504e470d0a1a0a", "hex");

/** Returns what is wrong with a file; null if nothing is. */
function findFault(config, target, file) {
  if (file.length < config.min_bytes) return `only ${file.length} bytes`;
  return config.output.as === "png" ? findPngFault(config.output, file) : findPdfFault(target, file);
}

function findPngFault({ width, height }, file) {
  if (!file.subarray(0, 8).equals(PNG)) return "not a PNG";
  const [actualWidth, actualHeight] = [file.readUInt32BE(16), file.readUInt32BE(20)];
  if (actualWidth !== width || actualHeight !== height) return `${actualWidth} × ${actualHeight} pixels`;
  return file.subarray(-8, -4).toString("latin1") === "IEND" ? null : "truncated";
}

function findPdfFault(target, file) {
  const text = file.toString("latin1");
  if (!text.startsWith("%PDF-")) return "not a PDF";
  if (!text.trimEnd().endsWith("%%EOF")) return "truncated";
  const pages = text.match(/\/Type\s*\/Page\b/g)?.length ?? 0;
  return pages === target.pages ? null : `${pages} pages instead of ${target.pages}`;
}

/** Renders targets in turn, `at_once` at a time, while `hasMore` returns true. */
async function run(config, render, cursor, hasMore) {
  const outcome = { seconds: 0, millis: [], bytes: [], faults: [] };
  const start = performance.now();
  const slot = async () => {
    while (hasMore()) {
      const target = config.targets[cursor.next++ % config.targets.length];
      const started = performance.now();
      try {
        const file = Buffer.from(await render(target));
        const fault = findFault(config, target, file);
        if (fault) throw new Error(fault);
        outcome.millis.push(performance.now() - started);
        outcome.bytes.push(file.length);
      } catch (error) {
        outcome.faults.push(String(error.message ?? error).slice(0, 200));
        if (outcome.faults.length > 20) return;
      }
    }
  };
  await Promise.all(Array.from({ length: config.at_once }, slot));
  outcome.seconds = (performance.now() - start) / 1000;
  return outcome;
}

/** Serves the runner; `launch(config)` returns `{ render(target), close() }`. */
export async function serve(launch) {
  const config = JSON.parse(await readFile(process.argv[2], "utf8"));
  const { render, close } = await launch(config);
  const cursor = { next: config.first };
  let warmUps = config.warm;
  const warmed = await run(config, render, cursor, () => warmUps-- > 0);
  if (warmed.millis.length === 0) throw new Error(`no page renders: ${warmed.faults[0]}`);
  console.log("ready");
  for await (const line of createInterface({ input: process.stdin })) {
    const deadline = performance.now() + Number(line.split(" ")[1]) * 1000;
    console.log(JSON.stringify(await run(config, render, cursor, () => performance.now() < deadline)));
  }
  await close();
  process.exit(0);
}

/** Opens pages that are kept: one for each concurrent render, of which there are never more. */
export async function keep(count, open) {
  const free = [];
  while (free.length < count) free.push(await open());
  const use = async (render) => {
    const page = free.pop();
    try {
      return await render(page);
    } finally {
      free.push(page);
    }
  };
  return { use };
}

/** The options of a PDF, by their names in Playwright and Puppeteer. */
export const PDF = {
  format: "A4",
  printBackground: true,
  tagged: true,
  margin: { top: "1cm", right: "1cm", bottom: "1cm", left: "1cm" },
};
