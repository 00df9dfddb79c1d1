//! What every route works with.

use std::sync::Arc;
use std::time::Duration;

use domain::Db;
use domain::bell::Bells;
use domain::egress::Policy;
use domain::stat::Tally;
use tokio::sync::watch;

use crate::turnstile::Turnstile;
use crate::waiters::Waiters;

/// The database, the rules, and the counters of this process.
#[derive(Clone)]
pub(crate) struct Service {
    pub(crate) db: Db,
    pub(crate) policy: Arc<Policy>,
    pub(crate) tally: Arc<Tally>,
    pub(crate) sync_wait: Duration,
    pub(crate) bells: Bells,
    pub(crate) waiters: Waiters,
    pub(crate) turnstile: Turnstile,
    /// Set once the process is told to stop: calls that wait end soon.
    pub(crate) stopping: watch::Receiver<bool>,
}

impl Service {
    /// Waits until the process is told to stop.
    pub(crate) async fn stopping(&self) {
        let mut stopping = self.stopping.clone();
        if stopping.wait_for(|stopping| *stopping).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
