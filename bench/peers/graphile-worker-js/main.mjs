// graphile-worker as a contender: a local queue, which locks up to 100 jobs ahead, and batched
// completions; LISTEN/NOTIFY by default.

import { Logger, makeWorkerUtils, run as runWorker, runMigrations } from "graphile-worker";

import { run } from "../contender.mjs";

const TASK = "bench";
const logger = new Logger(() => (level, message) => {
  if (level === "error") console.error(message);
});

await run({
  setup: (url) => runMigrations({ connectionString: url, logger }),

  async connect(url, connections) {
    const utils = await makeWorkerUtils({ connectionString: url, maxPoolSize: connections, logger });
    return (jobs) =>
      jobs.length === 1
        ? utils.addJob(TASK, jobs[0])
        : utils.addJobs(jobs.map((payload) => ({ identifier: TASK, payload })));
  },

  async ready(url, slots, runJob) {
    const worker = {
      connectionString: url,
      concurrentJobs: slots,
      maxPoolSize: 20,
      localQueue: { size: 100 },
      completeJobBatchDelay: 0,
    };
    return async () => {
      const runner = await runWorker({
        preset: { worker },
        taskList: { [TASK]: (payload) => runJob(payload) },
        logger,
        noHandleSignals: true,
      });
      return () => runner.stop();
    };
  },
});
