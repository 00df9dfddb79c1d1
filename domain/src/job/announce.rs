//! Announcing: what every verb that changes jobs counts, and whom it notifies.
//!
//! One call counts for the console, whose minutes are in the database, and for the metrics of
//! this process.

use super::ended::{CompletedJob, FailedJob};
use super::error_code::ErrorCode;
use super::metrics;
use super::new_job::NewJob;
use crate::Db;
use crate::id::AccountId;
use crate::notify::Ended;
use crate::options::JobType;

/// Notifies workers of jobs that can be claimed again.
pub(super) fn announce_queued(db: &Db, jobs: i64) {
    if jobs > 0 {
        db.notifier().notify_queued();
    }
}

/// Counts jobs that failed and were refunded in one statement, and notifies the calls that wait for them.
pub(super) fn announce_failed(db: &Db, code: &ErrorCode, jobs: &[FailedJob]) {
    if jobs.is_empty() {
        return;
    }
    let mut counts = db.counters().counts();
    for job in jobs {
        counts.failed(job.account, job.credits);
        counts.ended(&job.kind, code.name(), job.wait_ms, job.render_ms);
    }
    drop(counts);
    metrics::jobs_failed(code, jobs.len() as u64, jobs.iter().map(|job| job.credits).sum());
    db.notifier().notify_ended(Ended::Any);
}

/// Counts jobs that were accepted, and notifies workers.
pub(super) fn announce_submitted(db: &Db, account: AccountId, jobs: &[&NewJob], credits: i64) {
    if !jobs.is_empty() {
        db.counters().counts().submitted(account, jobs.len(), credits);
        metrics::jobs_submitted(jobs.iter().map(|job| (JobType::from(&job.options.output), job.lane)), credits);
        db.notifier().notify_queued();
    }
}

/// Counts failed jobs of an account that were submitted again, and notifies workers.
pub(super) fn announce_resubmitted(db: &Db, account: AccountId, jobs: usize, credits: i64) {
    db.counters().counts().submitted(account, jobs, credits);
    db.notifier().notify_queued();
}

/// Counts a job that completed, and notifies the call that waits for it.
pub(super) fn announce_completed(db: &Db, job: &CompletedJob) {
    let mut counts = db.counters().counts();
    counts.completed(job.bytes, job.work_ms);
    counts.ended(&job.kind, "", job.wait_ms, job.render_ms);
    counts.stored(job.expires_at, job.bytes);
    drop(counts);
    metrics::job_completed(job.bytes);
    db.notifier().notify_ended(Ended::Jobs(vec![job.id]));
}
