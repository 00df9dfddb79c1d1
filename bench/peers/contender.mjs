// The protocol of every contender in JavaScript: see `contender/src/lib.rs` for the same in Rust.

import { createInterface } from "node:readline";
import { parseArgs } from "node:util";

const OPTIONS_BYTES = 256;

/** Returns the time, in microseconds of the Unix epoch. */
const unixMicros = () => Math.round((performance.timeOrigin + performance.now()) * 1000);

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Returns a job's options, of this size as JSON. */
function options(account) {
  const job = { account, sent: unixMicros(), padding: "" };
  job.padding = "x".repeat(OPTIONS_BYTES - JSON.stringify(job).length);
  return job;
}

/** When each job started. */
class Recorder {
  first = Number.MAX_SAFE_INTEGER;
  ran = 0;
  starts = [];

  constructor(expected, record) {
    this.expected = expected;
    this.record = record;
  }

  /** Runs one job. */
  async run(job) {
    const started = unixMicros();
    this.first = Math.min(this.first, started);
    if (this.record) this.starts.push([job.account, job.sent, started]);
    await sleep(1);
    this.ran += 1;
    if (this.ran === this.expected) console.log("ran");
  }
}

/** Runs the command line, with a contender. */
export async function run(contender) {
  const command = process.argv[2];
  const number = { type: "string" };
  const { values } = parseArgs({
    args: process.argv.slice(3),
    options: {
      accounts: number, jobs: number, by: number, from: number, connections: number, rate: number, slots: number,
      record: { type: "boolean" },
    },
  });
  const settings = { accounts: 1, jobs: 0, by: 1, from: 0, connections: 8, slots: 1, record: values.record ?? false };
  for (const [name, value] of Object.entries(values)) if (name !== "record") settings[name] = Number(value);
  const url = process.env.DATABASE_URL;
  if (command === "setup") await contender.setup(url);
  else if (command === "enqueue") await enqueue(contender, url, settings);
  else if (command === "work") await work(contender, url, settings);
  else throw new Error(`unknown command ${command}`);
  process.exit(0);
}

async function enqueue(contender, url, settings) {
  process.stdin.on("end", () => process.exit(1)).resume();
  const send = await contender.connect(url, settings.connections);
  const start = performance.now();
  const calls = Math.ceil(settings.jobs / settings.by);
  const call = (index) => {
    const account = settings.from + (index % settings.accounts);
    const count = Math.min(settings.by, settings.jobs - index * settings.by);
    return send(Array.from({ length: count }, () => options(account)));
  };
  if (settings.rate) await atRate(call, calls, settings.rate / settings.by, settings.connections);
  else await atFullSpeed(call, calls, settings.connections);
  console.log(JSON.stringify({ seconds: (performance.now() - start) / 1000 }));
}

/** Runs one caller per connection, each of which makes its next call when the last one is done. */
async function atFullSpeed(call, calls, connections) {
  let next = 0;
  const caller = async () => {
    while (next < calls) await call(next++);
  };
  await Promise.all(Array.from({ length: connections }, caller));
}

/** Makes calls at a rate, even if earlier calls are not done, up to a maximum at once. */
async function atRate(call, calls, rate, connections) {
  const start = performance.now();
  const inProgress = new Set();
  for (let index = 0; index < calls; index++) {
    const wait = start + (index * 1000) / rate - performance.now();
    if (wait > 0) await sleep(wait);
    while (inProgress.size >= connections) await Promise.race(inProgress);
    const promise = call(index).finally(() => inProgress.delete(promise));
    inProgress.add(promise);
  }
  await Promise.all(inProgress);
}

async function work(contender, url, settings) {
  const recorder = new Recorder(settings.jobs, settings.record);
  let stop;
  const stopped = new Promise((resolve) => (stop = resolve));
  const lines = createInterface({ input: process.stdin });
  const go = new Promise((resolve) => lines.once("line", resolve));
  lines.once("close", () => stop());
  const begin = await contender.ready(url, settings.slots, (job) => recorder.run(job));
  console.log("ready");
  await Promise.race([go, stopped]);
  const end = await begin();
  await stopped;
  // Wait at most 5 s for jobs in progress.
  await Promise.race([end(), sleep(5000)]);
  const report = JSON.stringify({ first: recorder.first, ran: recorder.ran, starts: recorder.starts });
  await new Promise((resolve) => process.stdout.write(`${report}\n`, resolve));
}
