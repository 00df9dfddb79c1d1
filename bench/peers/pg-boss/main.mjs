// pg-boss as a contender: several workers with a batch each, which fetch again at once while their
// batches are full; LISTEN/NOTIFY on.

import { PgBoss } from "pg-boss";

import { run } from "../contender.mjs";

const QUEUE = "bench";

/** Workers × batch for each number of slots; with one slot, the jobs of a batch run one by one. */
const SHAPES = { 1: [1, 2], 4: [2, 2], 16: [4, 4], 32: [4, 8], 64: [4, 16] };

async function start(url, options) {
  const boss = new PgBoss({ connectionString: url, ...options });
  boss.on("error", (error) => console.error(error));
  await boss.start();
  return boss;
}

const quiet = { supervise: false, schedule: false };

await run({
  async setup(url) {
    const boss = await start(url, quiet);
    await boss.createQueue(QUEUE, { notify: true });
    await boss.stop({ graceful: false });
  },

  async connect(url, connections) {
    const boss = await start(url, { ...quiet, max: connections, migrate: false });
    return (jobs) =>
      jobs.length === 1 ? boss.send(QUEUE, jobs[0]) : boss.insert(QUEUE, jobs.map((data) => ({ data })));
  },

  async ready(url, slots, runJob) {
    const boss = await start(url, { max: 20, useListenNotify: true, migrate: false });
    const [localConcurrency, batchSize] = SHAPES[slots];
    const polling = { pollingIntervalSeconds: 0.5, notifyPollingIntervalSeconds: 0.5, burstWhenBatchFull: true };
    const options = { localConcurrency, batchSize, ...polling };
    const together = (jobs) => Promise.all(jobs.map((job) => runJob(job.data)));
    const oneByOne = async (jobs) => {
      for (const job of jobs) await runJob(job.data);
    };
    const handle = slots === 1 ? oneByOne : together;
    return async () => {
      await boss.work(QUEUE, options, async (jobs) => void (await handle(jobs)));
      return () => boss.stop({ graceful: true, timeout: 3000 });
    };
  },
});
