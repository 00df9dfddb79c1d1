// What every contender in JavaScript speaks: see `contender/src/lib.rs`, its twin in Rust.

import { createInterface } from "node:readline";
import { parseArgs } from "node:util";

const OPTIONS_BYTES = 256;

/** The time, in microseconds of the Unix epoch. */
const micros = () => Math.round((performance.timeOrigin + performance.now()) * 1000);

const sleep = (milliseconds) => new Promise((wake) => setTimeout(wake, milliseconds));

/** A job's options, of so many bytes as JSON. */
function options(account) {
  const job = { account, sent: micros(), padding: "" };
  job.padding = "x".repeat(OPTIONS_BYTES - JSON.stringify(job).length);
  return job;
}

/** Who started when. */
class Starts {
  first = Number.MAX_SAFE_INTEGER;
  ran = 0;
  starts = [];

  constructor(wanted, record) {
    this.wanted = wanted;
    this.record = record;
  }

  /** Runs one job. */
  async run(job) {
    const started = micros();
    this.first = Math.min(this.first, started);
    if (this.record) this.starts.push([job.account, job.sent, started]);
    await sleep(1);
    this.ran += 1;
    if (this.ran === this.wanted) console.log("ran");
  }
}

/** Does what the command line says, with a contender. */
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
  const orders = { accounts: 1, jobs: 0, by: 1, from: 0, connections: 8, slots: 1, record: values.record ?? false };
  for (const [name, value] of Object.entries(values)) if (name !== "record") orders[name] = Number(value);
  const url = process.env.DATABASE_URL;
  if (command === "setup") await contender.setup(url);
  else if (command === "enqueue") await enqueue(contender, url, orders);
  else if (command === "work") await work(contender, url, orders);
  else throw new Error(`unknown command ${command}`);
  process.exit(0);
}

async function enqueue(contender, url, orders) {
  process.stdin.on("end", () => process.exit(1)).resume();
  const send = await contender.connect(url, orders.connections);
  const start = performance.now();
  const calls = Math.ceil(orders.jobs / orders.by);
  const call = (index) => {
    const account = orders.from + (index % orders.accounts);
    const many = Math.min(orders.by, orders.jobs - index * orders.by);
    return send(Array.from({ length: many }, () => options(account)));
  };
  if (orders.rate) await atRate(call, calls, orders.rate / orders.by, orders.connections);
  else await atFullSpeed(call, calls, orders.connections);
  console.log(JSON.stringify({ seconds: (performance.now() - start) / 1000 }));
}

/** As many callers as connections, each with its next call when the last one is done. */
async function atFullSpeed(call, calls, connections) {
  let next = 0;
  const caller = async () => {
    while (next < calls) await call(next++);
  };
  await Promise.all(Array.from({ length: connections }, caller));
}

/** So many calls a second, whether the last ones are done or not, up to so many at once. */
async function atRate(call, calls, rate, connections) {
  const start = performance.now();
  const underWay = new Set();
  for (let index = 0; index < calls; index++) {
    const wait = start + (index * 1000) / rate - performance.now();
    if (wait > 0) await sleep(wait);
    while (underWay.size >= connections) await Promise.race(underWay);
    const called = call(index).finally(() => underWay.delete(called));
    underWay.add(called);
  }
  await Promise.all(underWay);
}

async function work(contender, url, orders) {
  const starts = new Starts(orders.jobs, orders.record);
  let told;
  const stopped = new Promise((stop) => (told = stop));
  const lines = createInterface({ input: process.stdin });
  const go = new Promise((begin) => lines.once("line", begin));
  lines.once("close", () => told());
  const begin = await contender.ready(url, orders.slots, (job) => starts.run(job));
  console.log("ready");
  await Promise.race([go, stopped]);
  const end = await begin();
  await stopped;
  // What is under way may take its time: nobody waits for it.
  await Promise.race([end(), sleep(5000)]);
  const last = JSON.stringify({ first: starts.first, ran: starts.ran, starts: starts.starts });
  await new Promise((written) => process.stdout.write(`${last}\n`, written));
}
