//! The auditor: checks the invariants of recent jobs every hour, on one worker of the fleet.

use std::time::Duration;

use domain::db::describe;
use domain::{Db, audit};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tracing::{error, warn};

use super::membership::Membership;

/// How often recent jobs are audited.
const INTERVAL: Duration = Duration::from_hours(1);

/// How long an audit may take: each of its statements has a timeout of its own.
const TIMEOUT: Duration = Duration::from_mins(5);

/// Audits recent jobs until dropped. Maintenance does not wait for it.
pub(crate) async fn run(db: Db, mut membership: Membership, max_age: Duration) {
    let mut ticks = interval(INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let worker = membership.wait().await;
        // An audit that fails is not an outage: its statements are the longest of all.
        match timeout(TIMEOUT, audit::recent(&db, worker, max_age)).await {
            Ok(Ok(found)) => {
                for violation in found.unwrap_or_default() {
                    error!(invariant = violation.invariant, "an invariant is violated: {}", violation.row);
                }
            }
            Ok(Err(error)) => warn!("the hourly audit did not complete: {}", describe(&error)),
            Err(elapsed) => warn!("the hourly audit did not complete: {elapsed}"),
        }
    }
}
