//! Chores: what any worker does for the whole fleet now and then, and for itself.

use std::sync::Arc;
use std::time::Duration;

use domain::job;
use domain::schema::stand_partitions;
use domain::worker::forget;
use tokio::time::{Instant, interval};

use crate::outage::Outage;
use crate::pulse::Standing;
use crate::slot::Slot;

/// How often lapsed leases are looked for, and counts are written.
const OFTEN: Duration = Duration::from_secs(1);

/// How often partitions are stood, and lost workers forgotten.
const SELDOM: Duration = Duration::from_hours(1);

/// How long one chore may take. The next round tries again.
const PATIENCE: Duration = Duration::from_secs(10);

/// Does the chores, for ever.
pub(crate) async fn chores(slot: Arc<Slot>, standing: Standing, outage: Arc<Outage>) {
    let mut round = interval(OFTEN);
    round.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut seldom_due = Instant::now();
    loop {
        round.tick().await;
        let worker = *standing.borrow();
        let Some(worker) = worker else { continue };
        let reap = async { job::reap(&slot.db, worker).await.map(|reaped| slot.tally.failed(reaped.failed)) };
        outage.ask("lapsed jobs are reaped", PATIENCE, reap).await;
        outage.ask("statistics are written", PATIENCE, slot.tally.flush(&slot.db)).await;
        if seldom_due <= Instant::now() {
            let stood = outage.ask("partitions are stood", PATIENCE, stand_partitions(&slot.db)).await;
            let forgotten = outage.ask("lost workers are forgotten", PATIENCE, forget(&slot.db)).await;
            if stood.and(forgotten).is_some() {
                seldom_due = Instant::now() + SELDOM;
            }
        }
    }
}
