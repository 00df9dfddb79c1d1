//! The ends of jobs, as the statements that end them return them to be counted.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::id::{AccountId, JobId};

/// A job that failed, and was refunded. A later version may know more types.
#[derive(Debug, Deserialize)]
pub(super) struct FailedJob {
    /// Its type.
    #[serde(rename = "type")]
    pub(super) kind: String,
    /// Its account.
    pub(super) account: AccountId,
    /// The credits refunded.
    pub(super) credits: i64,
    /// From its submission to the start of the last attempt; `None` without one.
    pub(super) wait_ms: Option<i64>,
    /// From there to the end.
    pub(super) render_ms: Option<i64>,
}

/// A job that completed.
#[derive(Debug)]
pub(super) struct CompletedJob {
    /// Its id.
    pub(super) id: JobId,
    /// Its type.
    pub(super) kind: String,
    /// The size of its result.
    pub(super) bytes: usize,
    /// When its result expires.
    pub(super) expires_at: DateTime<Utc>,
    /// From its submission to the start of the last attempt.
    pub(super) wait_ms: Option<i64>,
    /// From there to the end.
    pub(super) render_ms: Option<i64>,
    /// How long the worker rendered.
    pub(super) work_ms: u64,
}
