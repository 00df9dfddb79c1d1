//! Maintenance: periodic statements that any worker runs for the whole fleet.

use std::sync::Arc;
use std::time::Duration;

use domain::id::WorkerId;
use domain::{Db, DbError, counters, db, idempotency, job, worker};
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::membership::Membership;
use super::metrics;
use crate::database_health::DatabaseHealth;

/// How often lapsed leases are reaped, parked jobs are queued again, and counters are stored.
const SECOND: Duration = Duration::from_secs(1);

/// How often expired rows are cleaned up: results, idempotency keys, jobs that are too old.
const MINUTE: Duration = Duration::from_mins(1);

/// How often partitions are created and dropped, and lost workers are deleted.
const HOUR: Duration = Duration::from_hours(1);

/// How many batches of one statement run in a row. The reaper must not wait longer.
const MAX_BATCHES: usize = 10;

/// How long one statement may take. The next round retries it.
const QUERY_TIMEOUT: Duration = Duration::from_secs(30);

/// The maintenance of the fleet.
#[derive(Debug)]
pub(crate) struct Maintenance {
    pub(crate) db: Db,
    pub(crate) health: Arc<DatabaseHealth>,
    pub(crate) membership: Membership,
    /// How old an unfinished job may become.
    pub(crate) max_age: Duration,
}

impl Maintenance {
    /// Runs until dropped.
    pub(crate) async fn run(self) {
        let mut ticks = interval(SECOND);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut minute, mut hour) = (Timer::due_now(MINUTE), Timer::due_now(HOUR));
        loop {
            ticks.tick().await;
            let Some(worker) = self.membership.worker() else { continue };
            self.every_second(worker).await;
            if minute.is_due() {
                self.every_minute(worker).await;
                minute.restart();
            }
            if hour.is_due() {
                self.every_hour().await;
                hour.restart();
            }
        }
    }

    // A statement that fails does not keep the others from running.

    async fn every_second(&self, worker: WorkerId) {
        let db = &self.db;
        db.record_pool();
        self.query("reap", job::reap(db, worker)).await;
        self.query("mark_lost", worker::mark_lost(db, worker)).await;
        self.query("unpark", job::unpark(db)).await;
        self.query("flush_counters", counters::flush(db)).await;
    }

    async fn every_minute(&self, worker: WorkerId) {
        let db = &self.db;
        self.in_batches("time_out", || job::time_out(db, self.max_age)).await;
        if self.query("expire", job::expire(db)).await.is_some() {
            self.query("record_sweep", worker::record_sweep(db, worker)).await;
        }
        if let Some(lag) = self.query("sweep_lag", job::sweep_lag(db)).await {
            metrics::sweep_lag(lag);
        }
        self.in_batches("forget_idempotency_keys", || idempotency::delete_expired(db)).await;
    }

    async fn every_hour(&self) {
        let db = &self.db;
        self.query("create_partitions", db::create_partitions(db)).await;
        self.in_batches("drop_history", || db::drop_history(db)).await;
        self.in_batches("forget_counts", || counters::forget(db)).await;
        self.query("forget_lost_workers", worker::forget_lost(db)).await;
    }

    /// Repeats a statement that changes a limited number of rows, until none are left.
    async fn in_batches<N, F>(&self, name: &'static str, statement: impl Fn() -> F)
    where
        N: Default + PartialEq,
        F: Future<Output = Result<N, DbError>>,
    {
        for _ in 0..MAX_BATCHES {
            let rows = self.query(name, statement()).await.unwrap_or_default();
            if rows == N::default() {
                break;
            }
        }
    }

    async fn query<T>(&self, name: &'static str, query: impl Future<Output = Result<T, DbError>>) -> Option<T> {
        self.health.query(name, QUERY_TIMEOUT, query).await
    }
}

/// A timer that is restarted when its work is done.
#[derive(Debug)]
struct Timer {
    due_at: Instant,
    interval: Duration,
}

impl Timer {
    fn due_now(interval: Duration) -> Self {
        Self { due_at: Instant::now(), interval }
    }

    fn is_due(&self) -> bool {
        self.due_at <= Instant::now()
    }

    fn restart(&mut self) {
        self.due_at = Instant::now() + self.interval;
    }
}
