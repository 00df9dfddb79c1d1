//! Chores: what any worker does for the whole fleet now and then, and for itself.

use std::sync::Arc;
use std::time::Duration;

use domain::bell::Bell;
use domain::{DbError, idempotency, job, schema, worker};
use tokio::time::{Instant, interval};

use crate::pulse::Standing;
use crate::turn::Means;

/// How often lapsed leases are looked for, and jobs that have rested; and counts are written.
const OFTEN: Duration = Duration::from_secs(1);

/// How often it is looked for what has had its day: results, keys, jobs that grew too old.
const SOMETIMES: Duration = Duration::from_mins(1);

/// How often partitions are stood and dropped, and lost workers forgotten.
const SELDOM: Duration = Duration::from_hours(1);

/// How often a bounded chore is repeated in a row: the reaper must not wait long.
const AT_ONCE: usize = 10;

/// How long one chore may take. The next round tries again.
const PATIENCE: Duration = Duration::from_secs(30);

/// Does the chores, for ever.
pub(crate) async fn chores(means: Arc<Means>, standing: Standing, max_age: Duration) {
    let mut round = interval(OFTEN);
    round.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let (mut sometimes, mut seldom) = (Due::now(SOMETIMES), Due::now(SELDOM));
    loop {
        round.tick().await;
        let worker = *standing.borrow();
        let Some(worker) = worker else { continue };
        means.often(worker).await;
        if sometimes.is() {
            means.sometimes(max_age).await;
            sometimes.done();
        }
        if seldom.is() {
            means.seldom().await;
            seldom.done();
        }
    }
}

/// When a chore is due again.
struct Due {
    at: Instant,
    every: Duration,
}

impl Due {
    fn now(every: Duration) -> Self {
        Self { at: Instant::now(), every }
    }

    fn is(&self) -> bool {
        self.at <= Instant::now()
    }

    fn done(&mut self) {
        self.at = Instant::now() + self.every;
    }
}

impl Means {
    async fn often(&self, judge: domain::id::WorkerId) {
        let db = &self.db;
        if let Some(reaped) = self.ask("lapsed jobs are reaped", job::reap(db, judge)).await {
            self.tally.failed(reaped.failed);
            self.tell(reaped.queued > 0, reaped.failed > 0);
        }
        if let Some(unparked) = self.ask("rested jobs are queued again", job::unpark(db)).await {
            self.tell(unparked > 0, false);
        }
        self.ask("statistics are written", self.tally.flush(db)).await;
    }

    /// Each for itself: one that fails keeps no other from being done.
    async fn sometimes(&self, max_age: Duration) {
        let db = &self.db;
        for _ in 0..AT_ONCE {
            let failed = self.ask("jobs that are too old are failed", job::time_out(db, max_age)).await.unwrap_or(0);
            self.tally.failed(failed);
            self.tell(false, failed > 0);
            if failed == 0 {
                break;
            }
        }
        self.ask("results expire", job::expire(db)).await;
        for _ in 0..AT_ONCE {
            if self.ask("old keys are forgotten", idempotency::forget(db)).await.unwrap_or(0) == 0 {
                break;
            }
        }
    }

    async fn seldom(&self) {
        let db = &self.db;
        self.ask("partitions are stood", schema::stand_partitions(db)).await;
        for _ in 0..AT_ONCE {
            if self.ask("old days are dropped", schema::drop_history(db)).await.unwrap_or(0) == 0 {
                break;
            }
        }
        self.ask("lost workers are forgotten", worker::forget(db)).await;
    }

    async fn ask<T>(&self, doing: &'static str, chore: impl Future<Output = Result<T, DbError>>) -> Option<T> {
        self.outage.ask(doing, PATIENCE, chore).await
    }

    fn tell(&self, queued: bool, ended: bool) {
        if queued {
            self.bells.ring(Bell::Queued);
        }
        if ended {
            self.bells.ring(Bell::Ended);
        }
    }
}
