//! Render calls: submit a job, wait for it, and limit concurrent submissions.

pub(crate) mod clients;
pub(crate) mod fleet;
pub(crate) mod render;
pub(crate) mod submit_limiter;
pub(crate) mod waiters;
