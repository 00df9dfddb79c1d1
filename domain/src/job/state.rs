//! The state of a job.

use serde::{Deserialize, Serialize};

/// How many times a job is claimed before it fails.
pub const MAX_ATTEMPTS: i16 = 3;

/// The state of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[sqlx(type_name = "job_state", rename_all = "snake_case")]
pub enum JobState {
    /// Waits for a worker.
    Queued,
    /// A worker is rendering it.
    Processing,
    /// Its result is stored until it expires.
    Completed,
    /// It ended without a result and was refunded.
    Failed,
}

impl JobState {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Whether the job has ended.
    pub fn is_terminal(self) -> bool {
        match self {
            Self::Queued | Self::Processing => false,
            Self::Completed | Self::Failed => true,
        }
    }
}
