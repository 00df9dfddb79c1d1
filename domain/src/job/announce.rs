//! Announcing: what every verb that changes jobs counts, and whom it notifies.

use crate::Db;
use crate::notify::Channel;

/// How many jobs a statement changed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Changed {
    /// Can be claimed again.
    pub(super) queued: i64,
    /// Failed, and were refunded.
    pub(super) failed: i64,
}

/// Notifies workers of jobs that can be claimed, and waiting calls of jobs that ended.
pub(super) fn announce(db: &Db, changed: Changed) {
    if changed.queued > 0 {
        db.notifier().notify(Channel::Queued);
    }
    if changed.failed > 0 {
        db.counters().failed(changed.failed);
        db.notifier().notify(Channel::Ended);
    }
}

/// Counts jobs that were accepted, and notifies workers.
pub(super) fn announce_submitted(db: &Db, jobs: usize) {
    if jobs > 0 {
        db.counters().submitted(jobs);
        db.notifier().notify(Channel::Queued);
    }
}

/// Counts a job that completed, and notifies the call that waits for it.
pub(super) fn announce_completed(db: &Db, bytes: usize, render_ms: u64) {
    db.counters().completed(bytes, render_ms);
    db.notifier().notify(Channel::Ended);
}
