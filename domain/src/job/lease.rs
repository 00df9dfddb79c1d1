//! Leases: what a claim hands out, and what every write by a worker names.

use std::time::Duration;

use crate::DbError;
use crate::id::JobId;

/// How much longer than its render a lease lasts: the time to store the result.
pub const GRACE: Duration = Duration::from_secs(15);

/// One worker's right to finish one attempt.
///
/// Only a [`Claimant`](super::Claimant) makes a lease, and it cannot be copied. Whatever
/// ends the attempt takes the lease by value. A dropped lease lapses at its deadline.
#[derive(Debug)]
pub struct Lease {
    fence: Fence,
    duration: Duration,
}

/// What identifies a lease: a job and the number of its claim. It grants nothing by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fence {
    /// The job.
    pub job: JobId,
    /// The number of the claim, greater than that of any earlier one.
    pub number: i64,
}

/// Why a lease could not be used.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    /// The job was reaped or cancelled. Stop: nothing was written.
    #[error("lease {1} no longer holds job {0}")]
    Lost(JobId, i64),
    /// The database did not respond, and the write may have happened. The lease comes back:
    /// try again, and if it is lost by then, call [`outcome_of`](super::outcome_of()).
    #[error("the database did not respond")]
    Db(Lease, #[source] DbError),
}

impl Lease {
    /// Called only by a [`Claimant`](super::Claimant).
    pub(super) fn new(fence: Fence, duration: Duration) -> Self {
        Self { fence, duration }
    }

    /// What every write by this lease names.
    pub fn fence(&self) -> Fence {
        self.fence
    }

    /// How long it lasts from its claim: the timeout of the render, and [`GRACE`].
    pub fn duration(&self) -> Duration {
        self.duration
    }

    /// The job it is for.
    pub fn job(&self) -> JobId {
        self.fence.job
    }

    /// Checks that a write changed a row: a live lease changes its row, a lost one none.
    pub(super) fn check(self, rows_changed: Result<i64, DbError>) -> Result<(), LeaseError> {
        self.ended(rows_changed.map(|rows| (rows > 0).then_some(())))
    }

    /// Returns what a write returned: a live lease changes its row, a lost one none.
    pub(super) fn ended<T>(self, changed: Result<Option<T>, DbError>) -> Result<T, LeaseError> {
        match changed {
            Ok(Some(row)) => Ok(row),
            Ok(None) => Err(LeaseError::Lost(self.fence.job, self.fence.number)),
            Err(error) => Err(LeaseError::Db(self, error)),
        }
    }
}
