//! Jobs: one page to one file, paid for.

mod blocked;
mod cancel;
mod claim;
mod ended;
mod expire;
mod failure;
mod fetch;
mod finish;
mod lane;
mod lease;
mod list;
mod reap;
mod release;
mod retry;
mod settle;
mod submit;
mod time_out;
mod unpark;

pub use blocked::{Blocked, BlockedClass};
pub use cancel::{cancel, withdraw};
pub use claim::{BadOptions, Claim, Claimant, NEAR};
pub use ended::ended;
pub use expire::expire;
pub use failure::{ErrorCode, Failure};
pub use fetch::{Job, fetch, show};
pub use finish::{Rendered, Timings};
pub use lane::Lane;
pub use lease::{Fence, GRACE, Lease, LeaseError};
pub use list::{Line, list};
pub use reap::{Reaped, reap};
pub use retry::Retried;
pub use settle::ended_by;
pub use submit::{Batch, NewJob, SubmitError, Submitted, replay, submit, submit_batch};
pub use time_out::{MAX_AGE, MAX_AGE_HOURS, time_out};
pub use unpark::unpark;

use serde::{Deserialize, Serialize};

use crate::render::Output;

/// How often a job is claimed before it fails.
pub const ATTEMPTS: i16 = 3;

/// What kind of file a job makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "job_type", rename_all = "snake_case")]
pub enum JobType {
    /// A picture.
    Screenshot,
    /// A document.
    Pdf,
}

impl From<&Output> for JobType {
    fn from(output: &Output) -> Self {
        match output {
            Output::Screenshot(_) => Self::Screenshot,
            Output::Pdf(_) => Self::Pdf,
        }
    }
}

impl JobType {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Screenshot => "screenshot",
            Self::Pdf => "pdf",
        }
    }
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "job_state", rename_all = "snake_case")]
pub enum State {
    /// Waits for a worker.
    Queued,
    /// A worker renders it.
    Processing,
    /// Its result is kept until it expires.
    Completed,
    /// It ended without a result, and was refunded.
    Failed,
}

impl State {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Processing => "processing",
            Self::Completed => "completed",
            Self::Failed => "failed",
        }
    }

    /// Whether nothing follows.
    pub fn is_terminal(self) -> bool {
        match self {
            Self::Queued | Self::Processing => false,
            Self::Completed | Self::Failed => true,
        }
    }
}
