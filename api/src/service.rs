//! What every route works with.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use domain::Db;
use domain::egress::Policy;
use domain::stat::Tally;

/// The database, the rules, and the counters of this process.
#[derive(Clone)]
pub(crate) struct Service {
    pub(crate) db: Db,
    pub(crate) policy: Arc<Policy>,
    pub(crate) tally: Arc<Tally>,
    pub(crate) sync_wait: Duration,
    /// Set once the process is told to stop: calls that wait end soon.
    pub(crate) stopping: Arc<AtomicBool>,
}
