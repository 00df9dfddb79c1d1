//! Membership: whether this worker is registered and may work.

use std::time::Duration;

use domain::id::WorkerId;
use domain::worker::{MAX_SILENCE, WorkerInfo, retire};
use domain::{Db, counters, db};
use tokio::sync::watch;
use tokio::time::{Instant, timeout};
use tracing::{info, warn};

use crate::backoff::Backoff;
use crate::database_health::DatabaseHealth;

/// The first pause after a failed registration.
const MIN_PAUSE: Duration = Duration::from_millis(50);

/// The longest pause.
const MAX_PAUSE: Duration = Duration::from_secs(1);

/// How long leaving may take. If it takes longer, the fleet notices that the beats stop.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(3);

/// This worker's place in the fleet. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Membership(watch::Receiver<MembershipState>);

/// What the beats know of this worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MembershipState {
    /// Its id while it may work, and `None` while it cannot beat.
    pub(super) worker: Option<WorkerId>,
    /// Whether an operator drains it.
    pub(super) is_draining: bool,
}

impl Membership {
    pub(super) fn new(state: watch::Receiver<MembershipState>) -> Self {
        Self(state)
    }

    /// The worker's id, if it may work now.
    pub(crate) fn worker(&self) -> Option<WorkerId> {
        self.0.borrow().worker
    }

    /// Whether an operator drains the worker: it claims no jobs.
    pub(crate) fn is_draining(&self) -> bool {
        self.0.borrow().is_draining
    }

    /// Waits until the worker may work, and returns its id.
    pub(super) async fn wait(&mut self) -> WorkerId {
        self.wait_for(|state| state.worker).await
    }

    /// Waits until the worker may claim jobs, and returns its id.
    pub(super) async fn wait_to_claim(&mut self) -> WorkerId {
        self.wait_for(|state| state.worker.filter(|_| !state.is_draining)).await
    }

    async fn wait_for(&mut self, worker_of: impl Fn(&MembershipState) -> Option<WorkerId>) -> WorkerId {
        let state = self.0.wait_for(|state| worker_of(state).is_some()).await;
        match state.ok().and_then(|state| worker_of(&state)) {
            Some(worker) => worker,
            // The sender is gone, so the worker is shutting down.
            None => std::future::pending().await,
        }
    }

    /// Stores the counters and removes the worker from the fleet.
    pub(crate) async fn leave(&self, db: &Db) {
        let leave = async {
            let _stays_in_memory = counters::flush(db).await;
            if let Some(worker) = self.worker() {
                let _times_out = retire(db, worker).await;
            }
        };
        let _timed_out = timeout(LEAVE_TIMEOUT, leave).await;
    }
}

/// Registers the worker, retrying until the database responds and has a schema that this version
/// works on. Returns the worker's id, and when the attempt that succeeded started.
pub(super) async fn register(db: &Db, info: &WorkerInfo, health: &DatabaseHealth) -> (WorkerId, Instant) {
    let mut backoff = Backoff::new(MIN_PAUSE, MAX_PAUSE);
    let mut last_reason = None;
    loop {
        if let Err(reason) = db::readiness_within(db, MAX_SILENCE).await {
            if last_reason.as_ref() != Some(&reason) {
                warn!("this worker cannot register, retrying: {reason}");
            }
            last_reason = Some(reason);
            backoff.sleep().await;
            continue;
        }
        let started = Instant::now();
        let registration = domain::worker::register(db, info);
        if let Some(worker) = health.query("register", MAX_SILENCE, registration).await {
            health.report_success();
            let WorkerInfo { name, slots, browser, .. } = info;
            info!(worker.id = %worker, slots, browser, "worker {name} is ready");
            return (worker, started);
        }
        backoff.sleep().await;
    }
}
