/** Calls a site that poses as the service: it is busy at first, newer than the client, and has a broken proxy. */
import assert from "node:assert/strict";

import { ApiError, Tintype } from "tintype-client";

const { SITE: site = "", TINTYPE_KEY: key = "" } = process.env;
const tintype = new Tintype(site, key);

const rendered = await tintype.screenshot({ html: "<p>" });
assert.deepEqual(Buffer.from(rendered.content).toString(), "file");
assert.deepEqual([rendered.contentType, rendered.job.format], ["image/avif", "avif"]);
await assert.rejects(tintype.pdf({ html: "<p>" }), (error) => {
  assert(error instanceof ApiError);
  assert.deepEqual([error.status, error.code, error.retryAfter], [502, "UNKNOWN", undefined]);
  return true;
});
console.log("done");
