//! The claim loop: claims as many jobs as there are free slots with a browser.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use domain::id::WorkerId;
use domain::job::{Claim, Claimant};
use domain::notify::{MAX_POLL, MIN_POLL, jittered};
use futures_util::FutureExt;
use tokio::sync::Semaphore;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{sleep, timeout};
use tracing::error;

use super::membership::Membership;
use crate::backoff::Backoff;
use crate::pool::browsers::BrowserPool;
use crate::slot::context::SlotContext;
use crate::slot::in_flight::{InFlight, StopReason};
use crate::slot::run::run_job;

/// The first pause after a failed claim.
const MIN_PAUSE: Duration = Duration::from_millis(50);

/// The longest pause.
const MAX_PAUSE: Duration = Duration::from_secs(1);

/// How long a claim may take. The leases of one that succeeds later lapse.
const CLAIM_TIMEOUT: Duration = Duration::from_secs(5);

/// How long releasing jobs may take: longer than the timeout of a hung browser.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(8);

/// Claims jobs, and runs each in a slot.
#[derive(Debug)]
pub(crate) struct ClaimLoop {
    context: Arc<SlotContext>,
    membership: Membership,
    pool: BrowserPool,
    in_flight: InFlight,
    /// One permit per slot.
    slots: Arc<Semaphore>,
    max_jobs: usize,
    /// A [`JoinSet`], because it aborts its tasks when dropped and reports their panics.
    jobs: JoinSet<()>,
    /// The claimant of the worker's current registration.
    claimant: Option<(WorkerId, Claimant)>,
}

/// What a claim came to.
#[derive(Debug, Clone, Copy)]
struct Claimed {
    jobs: usize,
    left_more: bool,
}

impl ClaimLoop {
    pub(crate) fn new(
        context: SlotContext,
        membership: Membership,
        pool: BrowserPool,
        in_flight: InFlight,
        slots: u16,
    ) -> Self {
        Self {
            context: Arc::new(context),
            membership,
            pool,
            in_flight,
            slots: Arc::new(Semaphore::new(slots.into())),
            max_jobs: usize::try_from(domain::worker::max_jobs(slots.into())).unwrap_or(usize::MAX),
            jobs: JoinSet::new(),
            claimant: None,
        }
    }

    /// How many jobs are held.
    pub(crate) fn jobs(&self) -> usize {
        self.jobs.len()
    }

    /// Keeps the slots busy until `shutdown`. A claim in progress is not cancelled: its jobs run.
    pub(crate) async fn run_until(&mut self, shutdown: &mut (impl Future<Output = ()> + Unpin)) {
        let mut backoff = Backoff::new(MIN_PAUSE, MAX_PAUSE);
        let mut poll = Backoff::new(MIN_POLL, MAX_POLL);
        let mut queued = self.context.db.notifier().subscribe_queued();
        loop {
            let worker = tokio::select! {
                biased;
                () = &mut *shutdown => return,
                worker = self.wait_until_ready() => worker,
            };
            let free = self.slots.available_permits().min(self.max_jobs.saturating_sub(self.jobs.len()));
            queued.borrow_and_update();
            let pause = match self.claim(worker, free).await {
                Some(Claimed { jobs, left_more }) => {
                    backoff.reset();
                    if jobs > 0 {
                        poll.reset();
                    }
                    if left_more { Duration::ZERO } else { jittered(poll.next_pause()) }
                }
                None => backoff.next_pause(),
            };
            tokio::select! {
                biased;
                () = &mut *shutdown => return,
                () = self.pause(pause) => {}
                Ok(()) = queued.changed(), if !pause.is_zero() => {}
            }
        }
    }

    /// Lets the jobs finish until `grace` is over, then releases the rest.
    pub(crate) async fn drain(&mut self, grace: impl Future<Output = ()>) {
        let jobs = &mut self.jobs;
        let finish = async { while jobs.join_next().await.is_some() {} };
        let finished = tokio::select! {
            () = finish => true,
            () = grace => false,
        };
        if !finished {
            self.in_flight.stop_all(StopReason::Shutdown);
            let jobs = &mut self.jobs;
            let release = async { while jobs.join_next().await.is_some() {} };
            let _leases_lapse = timeout(RELEASE_TIMEOUT, release).await;
        }
        self.jobs.shutdown().await;
    }

    /// Waits until there are a free slot and a browser, and the worker may work.
    async fn wait_until_ready(&mut self) -> WorkerId {
        loop {
            let _none_has_ended = self.job_ended().now_or_never();
            while self.jobs.len() >= self.max_jobs {
                self.job_ended().await;
            }
            // This is the only task that takes permits.
            drop(self.slots.acquire().await);
            let worker = self.membership.wait_to_claim().await;
            self.pool.wait_until_available().await;
            if self.membership.worker() == Some(worker) {
                return worker;
            }
        }
    }

    /// Claims up to `free` jobs and starts them; `None` if the database failed. Prefers accounts that have an idle
    /// browser here.
    async fn claim(&mut self, worker: WorkerId, free: usize) -> Option<Claimed> {
        let claimant = match &mut self.claimant {
            Some((known, claimant)) if *known == worker => claimant,
            other => &mut other.insert((worker, Claimant::new(worker))).1,
        };
        let preferred = self.pool.preferred_accounts();
        let claims = claimant.claim_preferring(&self.context.db, free, &preferred);
        let claims = self.context.health.query("claim", CLAIM_TIMEOUT, claims).await?;
        let claimed = Claimed { jobs: claims.len(), left_more: claimant.left_more() };
        for claim in claims {
            self.start(claim, worker).await;
        }
        Some(claimed)
    }

    async fn start(&mut self, claim: Claim, worker: WorkerId) {
        // There is a permit for each claim, and the semaphore is never closed.
        let slot = Arc::clone(&self.slots).acquire_owned().await.ok();
        let fence = claim.lease.fence();
        let in_flight = self.in_flight.add(fence);
        // Beats that failed during the claim stopped all renders, but could not stop this one.
        if self.membership.worker() != Some(worker) {
            self.in_flight.stop(fence, StopReason::NoBeat);
        }
        let (context, pool) = (Arc::clone(&self.context), self.pool.clone());
        self.jobs.spawn(async move { run_job(&context, &pool, (claim, worker), in_flight, slot).await });
    }

    /// Pauses, also while jobs end: the last claim left none, so jobs that are due now were queued since, and are
    /// announced.
    async fn pause(&mut self, pause: Duration) {
        if pause.is_zero() {
            return;
        }
        let mut paused = pin!(sleep(pause));
        loop {
            tokio::select! {
                biased;
                () = &mut paused => return,
                () = self.job_ended(), if !self.jobs.is_empty() => {}
            }
        }
    }

    /// Waits until a job ends, and removes all that have.
    async fn job_ended(&mut self) {
        let mut ended = self.jobs.join_next().await;
        while let Some(job) = ended {
            if job.as_ref().is_err_and(JoinError::is_panic) {
                error!("a job panicked, its lease will lapse: {job:?}");
            }
            ended = self.jobs.try_join_next();
        }
    }
}
