//! Browsing: the jobs of all accounts, for operators.

mod count;
mod expect;
mod page;
mod refresh;
mod selection;

pub use count::{MAX_COUNTED, count, newer};
pub use expect::{ExpectError, expect};
pub use page::{JobPage, PAGE_SIZE, SCAN_SIZE, browse};
pub use refresh::{JobProgress, MAX_REFRESHED, refresh};
pub use selection::{Moment, Selection, Shape};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::error_code::ErrorCode;
use super::state::JobState;
use crate::id::{BatchId, JobId};
use crate::options::JobType;

/// A job in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobLine {
    /// The job.
    pub id: JobId,
    /// The name of its account.
    pub account: String,
    /// The public id of the key that submitted it.
    pub key: String,
    /// The kind of file.
    #[serde(rename = "type")]
    pub kind: JobType,
    /// Its state.
    pub state: JobState,
    /// The attempts made so far.
    pub attempt: i16,
    /// The page: a URL without user name and password, or `html`.
    pub source: String,
    /// When it was submitted.
    pub created_at: DateTime<Utc>,
    /// When the last attempt started.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub completed_at: Option<DateTime<Utc>>,
    /// The name of the worker of the last attempt, or its id if it is gone.
    pub worker: Option<String>,
    /// Why it failed.
    pub error_code: Option<ErrorCode>,
    /// Why it failed, for people.
    pub error_message: Option<String>,
    /// The credits that it cost.
    pub cost: i32,
    /// The batch that it is in.
    pub batch: Option<BatchId>,
    /// The customer's own name for it.
    pub reference: Option<String>,
}
