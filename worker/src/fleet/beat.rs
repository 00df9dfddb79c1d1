//! The beat: proves to the fleet that this worker lives, and stops renders whose leases it has lost.

use std::sync::Arc;
use std::time::Duration;

use domain::Db;
use domain::id::WorkerId;
use domain::worker::{BEAT_INTERVAL, BeatError, MAX_SILENCE, WorkerInfo, WorkerStats, beat};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};
use tracing::{info, warn};

use super::membership::{Membership, MembershipState, register};
use super::metrics;
use crate::database_health::DatabaseHealth;
use crate::pool::memory::MemoryUse;
use crate::slot::in_flight::{InFlight, StopReason};
use crate::slot::recent::RecentAttempts;

/// The pause after a failed beat, and the shortest timeout of a beat.
const RETRY_INTERVAL: Duration = Duration::from_millis(250);

/// Beats for one worker.
#[derive(Debug)]
pub(crate) struct BeatLoop {
    db: Db,
    info: WorkerInfo,
    sources: Sources,
    health: Arc<DatabaseHealth>,
    worker: WorkerId,
    /// When the last successful beat started.
    last_beat: Instant,
    membership: watch::Sender<MembershipState>,
}

/// What beats report.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sources {
    pub(crate) in_flight: InFlight,
    pub(crate) memory: MemoryUse,
    pub(crate) recent: RecentAttempts,
}

impl Sources {
    fn stats(&self) -> WorkerStats {
        let (completed_1m, failed_1m) = self.recent.of_last_minute();
        WorkerStats { memory_bytes: self.memory.bytes(), completed_1m, failed_1m }
    }
}

impl BeatLoop {
    /// Registers the worker, retrying until the database responds.
    pub(crate) async fn start(db: Db, info: WorkerInfo, sources: Sources, health: Arc<DatabaseHealth>) -> Self {
        let (worker, last_beat) = register(&db, &info, &health).await;
        metrics::registered(true);
        let state = MembershipState { worker: Some(worker), is_draining: info.is_draining };
        Self { db, info, sources, health, worker, last_beat, membership: watch::Sender::new(state) }
    }

    pub(crate) fn membership(&self) -> Membership {
        Membership::new(self.membership.subscribe())
    }

    /// Beats until dropped.
    pub(crate) async fn run(mut self) {
        loop {
            sleep(BEAT_INTERVAL.saturating_sub(self.last_beat.elapsed()).max(RETRY_INTERVAL)).await;
            self.beat().await;
        }
    }

    async fn beat(&mut self) {
        let started = Instant::now();
        let leases = self.sources.in_flight.leases();
        match timeout(self.beat_timeout(), beat(&self.db, self.worker, &leases, self.sources.stats())).await {
            Ok(Ok(beat)) => {
                for lease in beat.lost {
                    self.sources.in_flight.stop(lease, StopReason::LeaseLost);
                }
                self.succeeded(started, beat.is_draining);
            }
            Ok(Err(BeatError::NotRegistered)) => {
                warn!("this worker is no longer registered, registering again");
                self.stop_working(StopReason::LeaseLost);
                (self.worker, self.last_beat) = register(&self.db, &self.info, &self.health).await;
                metrics::registered(true);
                self.set_membership(Some(self.worker));
            }
            Ok(Err(BeatError::Db(error))) => {
                metrics::beat(false);
                self.health.report("beat", &error);
            }
            Err(elapsed) => {
                metrics::beat(false);
                self.health.report_error("beat", &elapsed);
            }
        }
        if self.last_beat.elapsed() >= MAX_SILENCE && self.membership.borrow().worker.is_some() {
            warn!("no beat for {} s: stopping all renders, other workers take over", MAX_SILENCE.as_secs());
            self.stop_working(StopReason::NoBeat);
        }
    }

    /// Ends an attempt by the moment at which renders must be stopped.
    fn beat_timeout(&self) -> Duration {
        match MAX_SILENCE.checked_sub(self.last_beat.elapsed()) {
            Some(left) => left.clamp(RETRY_INTERVAL, BEAT_INTERVAL),
            None => BEAT_INTERVAL,
        }
    }

    fn succeeded(&mut self, started: Instant, is_draining: bool) {
        self.last_beat = started;
        metrics::beat(true);
        metrics::registered(true);
        self.health.report_success();
        match (self.info.is_draining, is_draining) {
            (false, true) => info!("an operator drains this worker: it ends its jobs and claims no more"),
            (true, false) => info!("this worker is no longer drained: it claims jobs again"),
            (true, true) | (false, false) => {}
        }
        self.info.is_draining = is_draining;
        self.set_membership(Some(self.worker));
    }

    fn set_membership(&self, worker: Option<WorkerId>) {
        let state = MembershipState { worker, is_draining: self.info.is_draining };
        self.membership.send_if_modified(|current| std::mem::replace(current, state) != state);
    }

    fn stop_working(&self, reason: StopReason) {
        metrics::registered(false);
        self.set_membership(None);
        self.sources.in_flight.stop_all(reason);
    }
}
