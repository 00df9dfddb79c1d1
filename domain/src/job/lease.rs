//! Leases: what a claim hands out, and what every write by a worker names.

use std::time::Duration;

use crate::DbError;
use crate::id::JobId;

/// How much longer a lease lasts than its render may take: time to store what it made.
pub const GRACE: Duration = Duration::from_secs(15);

/// One worker's right to finish one attempt.
///
/// Only a [`Claimant`](super::Claimant) makes a lease, and it cannot be copied. Whatever ends the attempt
/// takes the lease by value. Dropping one is safe: it lapses.
#[derive(Debug)]
pub struct Lease {
    fence: Fence,
    term: Duration,
}

/// What a lease is known by: a job and the number of its claim. Proves nothing by itself.
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
    /// The database did not answer, and what was asked may be done or not. Here is the
    /// lease back: try again, and if it is lost by then, ask [`ended_by`](super::ended_by()).
    #[error("the database did not answer")]
    Db(Lease, #[source] DbError),
}

impl Lease {
    /// For a [`Claimant`](super::Claimant) alone.
    pub(super) fn new(fence: Fence, term: Duration) -> Self {
        Self { fence, term }
    }

    /// What every write by this lease names.
    pub fn fence(&self) -> Fence {
        self.fence
    }

    /// How long it lasts, from its claim on: what the render may take, and [`GRACE`].
    pub fn term(&self) -> Duration {
        self.term
    }

    /// The job that it is for.
    pub fn job(&self) -> JobId {
        self.fence.job
    }

    /// A live lease changes its row. A lost one changes none.
    pub(super) fn held(self, asked: Result<i64, DbError>) -> Result<(), LeaseError> {
        match asked {
            Ok(0) => Err(LeaseError::Lost(self.fence.job, self.fence.number)),
            Ok(_) => Ok(()),
            Err(error) => Err(LeaseError::Db(self, error)),
        }
    }
}
