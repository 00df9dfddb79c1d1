//! Everything that is known of one job.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

use super::blocked::Blocked;
use super::error_code::ErrorCode;
use super::rendered::Timings;
use super::report::RenderReport;
use super::state::JobState;
use crate::id::{AccountId, BatchId, JobId};
use crate::options::JobType;

/// Everything about one job.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Job {
    /// The job.
    pub id: JobId,
    /// The account that paid for it.
    pub account: AccountId,
    /// The kind of file it makes.
    #[serde(rename = "type")]
    pub kind: JobType,
    /// Its state.
    pub state: JobState,
    /// The format of the file, by its wire name; empty if a later version stored the options.
    pub format: &'static str,
    /// The options, as they are stored.
    pub options: Value,
    /// Whether it was submitted with headers, cookies or credentials. They are deleted when it
    /// ends, so it cannot be submitted again without its customer.
    pub had_secrets: bool,
    /// The batch it belongs to.
    pub batch: Option<BatchId>,
    /// The customer's own name for it.
    pub reference: Option<String>,
    /// The credits debited for it.
    pub cost: i32,
    /// The credits refunded: all of them if it failed.
    pub refunded: i32,
    /// The attempts made so far.
    pub attempt: i16,
    /// When it was submitted.
    pub created_at: DateTime<Utc>,
    /// When its last attempt started.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub completed_at: Option<DateTime<Utc>>,
    /// When its result expires.
    pub expires_at: Option<DateTime<Utc>>,
    /// Why it failed, for programs.
    pub error_code: Option<ErrorCode>,
    /// Why it failed, for people.
    pub error_message: Option<String>,
    /// How long each phase of its last render took.
    pub timings: Option<Timings>,
    /// What its page was denied.
    pub blocked: Blocked,
    /// What its last render reported.
    pub report: RenderReport,
    /// Its place in the order in which its lane's jobs start, from 1. `None` if it is not
    /// waiting to start, or if [`MAX_QUEUE_POSITION`](super::MAX_QUEUE_POSITION) jobs or more are before it.
    #[serde(skip)]
    pub queue_position: Option<i64>,
}

impl Job {
    /// The credits that it has cost by now.
    pub fn credits_used(&self) -> i32 {
        self.cost - self.refunded
    }
}
