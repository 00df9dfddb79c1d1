//! Metrics that the API reads from the database, in the background.

use std::time::Duration;

use domain::{Db, overview};
use strum::VariantArray;
use tokio::time::{MissedTickBehavior, interval};

use crate::error::code::Code;
use crate::metrics;

/// How often the database is sampled.
const INTERVAL: Duration = Duration::from_secs(5);

/// Samples the database until dropped, so that a scrape need not read it.
pub(crate) async fn run(db: &Db) {
    let mut tick = interval(INTERVAL);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        // That it failed is a metric, too.
        let _sampled = overview::sample(db).await;
    }
}

/// Installs the recorder, describes all metrics, and starts their counters at zero.
pub(crate) fn start() {
    service::metrics::install();
    service::metrics::set_build_info("tintype-api", env!("CARGO_PKG_VERSION"));
    domain::metrics::describe();
    metrics::describe(Code::VARIANTS.iter().map(|code| code.name()));
}
