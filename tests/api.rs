//! The HTTP API: authentication, validation, credits, results and waiting calls.

mod abuse;
mod authentication;
mod batches;
mod bodies;
mod canaries;
mod cancellation;
mod conditional;
mod credits;
mod docs;
mod document;
mod headers;
mod idempotency;
mod jobs;
mod keys;
mod process;
mod rate_limits;
mod results;
mod retries;
mod secrets;
mod swagger;
mod usage;
mod validation;
mod waiting;
