/** Uses the generated client as customers do, and fails at the first response that is not as documented. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

import {
  ApiError,
  AuthenticationError,
  type BulkJob,
  CreditsExhaustedError,
  InvalidRequestError,
  JobFailedError,
  NotFoundError,
  Rendered,
  Tintype,
  TintypeError,
} from "tintype-client";

const { TINTYPE_URL: url = "", TINTYPE_KEY: key = "", POOR_KEY: poorKey = "", PAGE: page = "" } = process.env;
const [rich, poor, stranger] = [new Tintype(url, key), new Tintype(url, poorKey), new Tintype(url, "tt_wrong")];
const wrong = { html: "<p>", wait_for: "p[" };

const start = (file: ArrayBuffer | Uint8Array) => Buffer.from(new Uint8Array(file)).toString("latin1").slice(0, 5);
const raises = async (action: Promise<unknown>, kind: new (...args: never[]) => TintypeError, code: string) => {
  const error = await action.catch((error: unknown) => error);
  assert(error instanceof kind, String(error));
  assert.equal(error.code, code);
  return error;
};

async function submitPollDownload() {
  const body = { url: page, async_mode: true };
  const { data, error, response } = await rich.client.POST("/v1/screenshot", { body });
  assert.equal(response.status, 202, JSON.stringify(error));
  assert(typeof data === "object" && "job_id" in data);
  assert.equal(data.poll_url, `/v1/jobs/${data.job_id}`);
  const path = { job_id: data.job_id };
  let job;
  do {
    ({ data: job } = await rich.client.GET("/v1/jobs/{job_id}", { params: { path, query: { wait_s: 30 } } }));
  } while (job?.status === "queued" || job?.status === "processing");
  assert.equal(job?.status, "completed");
  assert.equal(job?.result_url, `/v1/jobs/${data.job_id}/result`);
  const file = await rich.client.GET("/v1/jobs/{job_id}/result", { params: { path }, parseAs: "arrayBuffer" });
  assert.equal(start(file.data as unknown as ArrayBuffer), "\x89PNG\r");
}

async function filesAtOnce() {
  const pdf = await rich.client.POST("/v1/pdf", { body: { url: page }, parseAs: "arrayBuffer" });
  assert.equal(start(pdf.data as unknown as ArrayBuffer), "%PDF-");
}

async function twentyJobsWithCreditsForSeven() {
  const jobs: BulkJob[] = Array.from({ length: 19 }, () => ({ type: "screenshot", url: page }));
  const body = { jobs: [...jobs, { type: "pdf" as const, url: page }] };
  const { data } = await poor.client.POST("/v1/bulk", { body });
  assert(data);
  assert.deepEqual([data.submitted, data.failed, data.credits_used, data.credits_remaining], [7, 13, 7, 0]);
  assert.deepEqual(data.jobs.map((entry) => entry.index), Array.from({ length: 20 }, (_, index) => index));
  for (const entry of data.jobs.slice(7)) {
    assert.deepEqual(Object.keys(entry).sort(), ["error_code", "error_message", "index"]);
    assert.equal(entry.error_code, "CREDITS_EXHAUSTED");
  }
  for (const entry of data.jobs.slice(0, 7)) {
    assert.deepEqual(Object.keys(entry).sort(), ["index", "job_id", "poll_url", "status"]);
    assert(entry.job_id);
    assert.equal((await poor.wait(entry.job_id)).status, "completed");
  }
}

async function errorsAreParsed() {
  const { error } = await rich.client.POST("/v1/screenshot", { body: { url: page, viewport: { width: 0 } } });
  assert.equal(error?.detail.errors?.[0]?.field, "viewport.width");
}

async function theModuleWaitsAndSaves() {
  await (await rich.screenshot({ url: page })).save("page.png");
  assert.equal(start(await readFile("page.png")), "\x89PNG\r");
  assert.equal(start((await rich.pdf({ url: page })).content), "%PDF-");
  const seen: number[][] = [];
  const jobs: BulkJob[] = [{ type: "screenshot", url: page }, { type: "pdf", ...wrong }, { type: "pdf", url: page }];
  const [first, second, third] = await rich.bulk(jobs, (done, total) => seen.push([done, total]));
  assert(first instanceof Rendered && third instanceof Rendered && second instanceof JobFailedError);
  assert.equal(second.code, "SELECTOR_INVALID");
  assert(second.jobId);
  assert.deepEqual(seen, [[1, 3], [2, 3], [3, 3]]);
}

async function theModuleThrowsTypedErrors() {
  const wide = rich.screenshot({ url: page, viewport: { width: 9999 } });
  const invalid = await raises(wide, InvalidRequestError, "VALIDATION_ERROR");
  assert(invalid instanceof ApiError && invalid.requestId);
  assert.deepEqual(Object.keys(invalid.errors), ["viewport.width"]);
  await raises(rich.download("0198f2c1-4f6e-7c2d-a1b0-3d5c77e09b41"), NotFoundError, "JOB_NOT_FOUND");
  await raises(rich.screenshot({ url: "http://169.254.169.254/" }), InvalidRequestError, "URL_BLOCKED");
  await raises(rich.screenshot(wrong), JobFailedError, "SELECTOR_INVALID");
  const unknown = await raises(stranger.screenshot({ url: page }), AuthenticationError, "INVALID_API_KEY");
  assert(unknown instanceof ApiError && unknown.status === 401);
  await raises(poor.screenshot({ url: page }), CreditsExhaustedError, "CREDITS_EXHAUSTED");
  const [unpaid] = await poor.bulk([{ type: "screenshot", url: page }]);
  assert(unpaid instanceof TintypeError && !(unpaid instanceof JobFailedError));
}

await submitPollDownload();
await filesAtOnce();
await twentyJobsWithCreditsForSeven();
await errorsAreParsed();
await theModuleWaitsAndSaves();
await theModuleThrowsTypedErrors();
console.log("done");
