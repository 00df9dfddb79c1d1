// What every peer of the render benchmark in JavaScript speaks: `src/render/driver.rs` is the other end.
//
// Told an order (a file), it launches its browser, warms up and says "ready"; told `go SECONDS`, it renders for so
// long and says how it went, in one line. It ends when its stdin does.

import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";

const PNG = Buffer.from("89504e470d0a1a0a", "hex");

/** What is wrong with a file; null if nothing is. */
function fault(order, target, file) {
  if (file.length < order.least_bytes) return `only ${file.length} bytes`;
  return order.output.as === "png" ? faultOfPng(order.output, file) : faultOfPdf(target, file);
}

function faultOfPng({ width, height }, file) {
  if (!file.subarray(0, 8).equals(PNG)) return "not a PNG";
  const [wide, high] = [file.readUInt32BE(16), file.readUInt32BE(20)];
  if (wide !== width || high !== height) return `${wide} × ${high} pixels`;
  return file.subarray(-8, -4).toString("latin1") === "IEND" ? null : "cut off";
}

function faultOfPdf(target, file) {
  const text = file.toString("latin1");
  if (!text.startsWith("%PDF-")) return "not a PDF";
  if (!text.trimEnd().endsWith("%%EOF")) return "cut off";
  const pages = text.match(/\/Type\s*\/Page\b/g)?.length ?? 0;
  return pages === target.pages ? null : `${pages} pages instead of ${target.pages}`;
}

/** Renders targets in turn, `at_once` at a time, while `more` says so. */
async function run(order, render, turn, more) {
  const outcome = { seconds: 0, millis: [], bytes: [], faults: [] };
  const begun = performance.now();
  const slot = async () => {
    while (more()) {
      const target = order.targets[turn.next++ % order.targets.length];
      const started = performance.now();
      try {
        const file = Buffer.from(await render(target));
        const wrong = fault(order, target, file);
        if (wrong) throw new Error(wrong);
        outcome.millis.push(performance.now() - started);
        outcome.bytes.push(file.length);
      } catch (error) {
        outcome.faults.push(String(error.message ?? error).slice(0, 200));
        if (outcome.faults.length > 20) return;
      }
    }
  };
  await Promise.all(Array.from({ length: order.at_once }, slot));
  outcome.seconds = (performance.now() - begun) / 1000;
  return outcome;
}

/** Serves the runner, with `launch(order)` giving `{ render(target), close() }`. */
export async function serve(launch) {
  const order = JSON.parse(await readFile(process.argv[2], "utf8"));
  const { render, close } = await launch(order);
  const turn = { next: order.first };
  let warm = order.warm;
  const warmed = await run(order, render, turn, () => warm-- > 0);
  if (warmed.millis.length === 0) throw new Error(`nothing renders: ${warmed.faults[0]}`);
  console.log("ready");
  for await (const line of createInterface({ input: process.stdin })) {
    const until = performance.now() + Number(line.split(" ")[1]) * 1000;
    console.log(JSON.stringify(await run(order, render, turn, () => performance.now() < until)));
  }
  await close();
  process.exit(0);
}

/** A PDF's options, as Playwright and Puppeteer call them. */
export const PDF = {
  format: "A4",
  printBackground: true,
  tagged: true,
  margin: { top: "1cm", right: "1cm", bottom: "1cm", left: "1cm" },
};
