/**
 * Renders pages and waits for them: a small layer over the generated types.
 *
 *     const tintype = new Tintype("http://localhost:8080", key);
 *     await (await tintype.screenshot({ url: "https://example.com" })).save("example.png");
 */
import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

import createClient, { type Client } from "openapi-fetch";

import type { paths } from "./schema.js";

/** How many seconds one call waits for a job to end. The call is repeated until it has. */
const WAIT_SECONDS = 30;

/** How often a call is made that the service cannot take at the moment, or whose connection breaks. */
const ATTEMPTS = 5;

type Body<Path extends "/v1/screenshot" | "/v1/pdf" | "/v1/bulk"> =
  paths[Path]["post"]["requestBody"]["content"]["application/json"];
type Detail = paths["/v1/jobs/{job_id}"]["get"]["responses"][404]["content"]["application/json"]["detail"];

export type ScreenshotRequest = Body<"/v1/screenshot">;
export type PdfRequest = Body<"/v1/pdf">;
export type BulkJob = Body<"/v1/bulk">["jobs"][number];
export type Job = paths["/v1/jobs/{job_id}"]["get"]["responses"][200]["content"]["application/json"];

/** Any error of the service. `code` is one of the documented codes, and never changes. */
export class TintypeError extends Error {
  constructor(readonly code: string, message: string) {
    super(`${code}: ${message}`);
    this.name = new.target.name;
  }
}

/** The job was accepted and failed. It has been refunded. */
export class JobFailedError extends TintypeError {
  constructor(readonly jobId: string, code: string, message: string) {
    super(code, message);
  }
}

/** The service rejected a call. */
export class ApiError extends TintypeError {
  readonly requestId: string | undefined;
  readonly retryAfter: number | undefined;
  /** What is wrong with each invalid field. */
  readonly errors: Record<string, string>;

  constructor(readonly status: number, detail: Partial<Detail>) {
    super(detail.code ?? "UNKNOWN", detail.message ?? `status ${status}`);
    this.requestId = detail.request_id;
    this.retryAfter = detail.retry_after;
    this.errors = Object.fromEntries((detail.errors ?? []).map(({ field, message }) => [field, message]));
  }
}

/** The key is missing, unknown, revoked or not allowed to do this. */
export class AuthenticationError extends ApiError {}
/** The balance is too small. Nothing was submitted. */
export class CreditsExhaustedError extends ApiError {}
/** There is no such job, or its file has expired. */
export class NotFoundError extends ApiError {}
/** The request is not valid: see `errors`. */
export class InvalidRequestError extends ApiError {}
/** The service cannot take the call at the moment: try again after `retryAfter` seconds. */
export class OverloadedError extends ApiError {}

const ERRORS: Record<number, typeof ApiError> = {
  401: AuthenticationError,
  402: CreditsExhaustedError,
  403: AuthenticationError,
  404: NotFoundError,
  410: NotFoundError,
  422: InvalidRequestError,
  429: OverloadedError,
  503: OverloadedError,
};

/** A finished job and its file. */
export class Rendered {
  constructor(readonly job: Job, readonly content: Uint8Array, readonly contentType: string) {}

  /** Writes the file. */
  async save(path: string): Promise<void> {
    await writeFile(path, this.content);
  }
}

/** A client that waits. */
export class Tintype {
  /** The generated client, for every other operation. */
  readonly client: Client<paths>;

  constructor(baseUrl: string, apiKey: string) {
    this.client = createClient<paths>({ baseUrl, headers: { "X-API-Key": apiKey } });
  }

  /** Takes a screenshot, and returns it when it is done. */
  async screenshot(request: ScreenshotRequest): Promise<Rendered> {
    const [body, params] = [{ ...request, async_mode: true }, idempotent()];
    return this.download(jobId(await call(() => this.client.POST("/v1/screenshot", { body, params }))));
  }

  /** Makes a PDF, and returns it when it is done. */
  async pdf(request: PdfRequest): Promise<Rendered> {
    const [body, params] = [{ ...request, async_mode: true }, idempotent()];
    return this.download(jobId(await call(() => this.client.POST("/v1/pdf", { body, params }))));
  }

  /** Renders up to 20 pages, and returns for each, in order, its file or its error. */
  async bulk(jobs: BulkJob[], onProgress?: (done: number, total: number) => void): Promise<(Rendered | TintypeError)[]> {
    const params = idempotent();
    const submitted = await call(() => this.client.POST("/v1/bulk", { body: { jobs }, params }));
    const results: (Rendered | TintypeError)[] = [];
    for (const entry of submitted.jobs) {
      const failed = new TintypeError(entry.error_code ?? "UNKNOWN", entry.error_message ?? "");
      results.push(entry.job_id ? await this.download(entry.job_id).catch(asEntry(entry.job_id)) : failed);
      onProgress?.(results.length, jobs.length);
    }
    return results;
  }

  /** Waits until a job has ended, and returns it: it is completed, or failed. */
  async wait(jobId: string): Promise<Job> {
    const params = { path: { job_id: jobId }, query: { wait_s: WAIT_SECONDS } };
    for (;;) {
      const job = await call(() => this.client.GET("/v1/jobs/{job_id}", { params }));
      if (job.status === "completed" || job.status === "failed") return job;
    }
  }

  /** Waits for a job, and returns its file. */
  async download(jobId: string): Promise<Rendered> {
    const job = await this.wait(jobId);
    if (job.status === "failed") throw new JobFailedError(jobId, job.error_code ?? "UNKNOWN", job.error_message ?? "");
    const params = { path: { job_id: jobId } };
    const file = await exchange(() =>
      this.client.GET("/v1/jobs/{job_id}/result", { params, parseAs: "arrayBuffer" }),
    );
    const content = new Uint8Array(file.data as unknown as ArrayBuffer);
    return new Rendered(job, content, file.response.headers.get("Content-Type") ?? "");
  }
}

type Exchange<Data> = { data?: Data; error?: unknown; response: Response };

async function call<Data>(send: () => Promise<Exchange<Data>>): Promise<Data> {
  return (await exchange(send)).data;
}

async function exchange<Data>(send: () => Promise<Exchange<Data>>): Promise<{ data: Data; response: Response }> {
  for (let left = ATTEMPTS - 1; ; left--) {
    const { data, error, response } = await send().catch(async (broken: unknown) => {
      if (!left) throw broken;
      await sleep(1000);
      return { data: undefined, error: undefined, response: undefined };
    });
    if (!response) continue;
    if (response.ok) return { data: data as Data, response };
    const detail = (error as { detail?: Partial<Detail> } | undefined)?.detail ?? {}; // absent if a proxy answered
    const failed = new (ERRORS[response.status] ?? ApiError)(response.status, detail);
    if (!left || failed.retryAfter === undefined) throw failed;
    await sleep(failed.retryAfter * 1000);
  }
}

/** With a key, a call that is repeated after a broken connection is not charged twice. */
function idempotent() {
  return { header: { "Idempotency-Key": randomUUID() } };
}

function jobId(accepted: unknown): string {
  return (accepted as { job_id: string }).job_id;
}

/** A lost connection concerns one job of a batch: the others go on. */
function asEntry(jobId: string) {
  return (error: unknown): TintypeError =>
    error instanceof TintypeError ? error : new TintypeError("CONNECTION_FAILED", `job ${jobId}: ${String(error)}`);
}
