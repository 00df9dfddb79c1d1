//! Extractors: the caller, the body and the idempotency key of a request.

pub(crate) mod auth;
mod credentials;
pub(crate) mod idempotency_key;
pub(crate) mod json;
mod query;
