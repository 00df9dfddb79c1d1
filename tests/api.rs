//! The HTTP API: authentication, validation, credits, results and waiting calls.

mod authentication;
mod batches;
mod cancellation;
mod credits;
mod idempotency;
mod rate_limits;
mod results;
mod validation;
mod waiting;
