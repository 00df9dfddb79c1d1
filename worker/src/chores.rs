//! Chores: what any worker does for the whole fleet now and then, and for itself.

use std::sync::Arc;
use std::time::Duration;

use domain::job;
use domain::schema::stand_partitions;
use domain::worker::forget;
use tokio::time::{Instant, interval};

use crate::pulse::Standing;
use crate::turn::Means;

/// How often lapsed leases are looked for, and counts are written.
const OFTEN: Duration = Duration::from_secs(1);

/// How often partitions are stood, and lost workers forgotten.
const SELDOM: Duration = Duration::from_hours(1);

/// How long one chore may take. The next round tries again.
const PATIENCE: Duration = Duration::from_secs(10);

/// Does the chores, for ever.
pub(crate) async fn chores(means: Arc<Means>, standing: Standing) {
    let mut round = interval(OFTEN);
    round.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut seldom_due = Instant::now();
    loop {
        round.tick().await;
        let worker = *standing.borrow();
        let Some(worker) = worker else { continue };
        let reap = async { job::reap(&means.db, worker).await.map(|reaped| means.tally.failed(reaped.failed)) };
        means.outage.ask("lapsed jobs are reaped", PATIENCE, reap).await;
        means.outage.ask("statistics are written", PATIENCE, means.tally.flush(&means.db)).await;
        if seldom_due <= Instant::now() {
            let stood = means.outage.ask("partitions are stood", PATIENCE, stand_partitions(&means.db)).await;
            let forgotten = means.outage.ask("lost workers are forgotten", PATIENCE, forget(&means.db)).await;
            if stood.and(forgotten).is_some() {
                seldom_due = Instant::now() + SELDOM;
            }
        }
    }
}
