//! Announcing: what every verb that changes jobs counts, and whom it notifies.
//!
//! One call counts for the console, whose minutes are in the database, and for the metrics of
//! this process.

use super::error_code::ErrorCode;
use super::metrics;
use super::new_job::NewJob;
use crate::Db;
use crate::notify::Channel;
use crate::options::JobType;

/// Jobs that failed, and were refunded, in one statement.
#[derive(Debug, Clone, Copy)]
pub(super) struct Failed<'a> {
    /// Why.
    pub(super) code: &'a ErrorCode,
    /// How many.
    pub(super) jobs: i64,
    /// The credits refunded.
    pub(super) credits: i64,
}

/// Notifies workers of jobs that can be claimed again.
pub(super) fn announce_queued(db: &Db, jobs: i64) {
    if jobs > 0 {
        db.notifier().notify(Channel::Queued);
    }
}

/// Counts jobs that failed, and notifies the calls that wait for them.
pub(super) fn announce_failed(db: &Db, Failed { code, jobs, credits }: Failed<'_>) {
    if jobs > 0 {
        db.counters().failed(jobs);
        metrics::jobs_failed(code, jobs, credits);
        db.notifier().notify(Channel::Ended);
    }
}

/// Counts jobs that were accepted, and notifies workers.
pub(super) fn announce_submitted(db: &Db, jobs: &[NewJob], credits: i64) {
    if !jobs.is_empty() {
        db.counters().submitted(jobs.len());
        metrics::jobs_submitted(jobs.iter().map(|job| (JobType::from(&job.options.output), job.lane)), credits);
        db.notifier().notify(Channel::Queued);
    }
}

/// Counts a job that completed, and notifies the call that waits for it.
pub(super) fn announce_completed(db: &Db, bytes: usize, render_ms: u64) {
    db.counters().completed(bytes, render_ms);
    metrics::job_completed(bytes);
    db.notifier().notify(Channel::Ended);
}
