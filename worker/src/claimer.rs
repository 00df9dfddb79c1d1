//! The claimer: as many jobs as there are free slots, and a browser to render them in.

use std::sync::Arc;
use std::time::Duration;

use domain::bell::{Bell, FIRST_POLL, POLL, jittered};
use domain::id::WorkerId;
use domain::job::Claimant;
use futures_util::FutureExt;
use tokio::sync::Semaphore;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{sleep, timeout};
use tracing::error;

use crate::backoff::Backoff;
use crate::darkroom::Shelf;
use crate::live::{Live, Stop};
use crate::pulse::Standing;
use crate::turn::Means;

/// The first pause after the database failed.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// The longest.
const PAUSE: Duration = Duration::from_secs(1);

/// How long a claim may take. What it took nevertheless lapses.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a job may take to be given back: longer than a hung browser is waited for.
const RELEASE: Duration = Duration::from_secs(8);

/// Claims jobs, and gives each a turn.
#[derive(Debug)]
pub(crate) struct Claimer {
    pub(crate) means: Arc<Means>,
    pub(crate) slots: Arc<Semaphore>,
    /// The most turns at once.
    pub(crate) most: usize,
    pub(crate) live: Live,
    pub(crate) standing: Standing,
    pub(crate) browsers: Shelf,
    pub(crate) turns: JoinSet<()>,
    /// Who claims, since the worker last registered.
    pub(crate) claimant: Option<(WorkerId, Claimant)>,
}

impl Claimer {
    /// Keeps the slots busy until it is told to stop. A claim under way is not torn: what
    /// it brings gets its turn.
    pub(crate) async fn claim_until(&mut self, stop: &mut (impl Future<Output = ()> + Unpin)) {
        let mut backoff = Backoff::new(FIRST_PAUSE, PAUSE);
        let mut idle = Backoff::new(FIRST_POLL, POLL);
        let mut bell = self.means.bells.heard(Bell::Queued);
        loop {
            let worker = tokio::select! {
                biased;
                () = &mut *stop => return,
                ready = self.ready() => ready,
            };
            let free = self.slots.available_permits().min(self.most.saturating_sub(self.turns.len()));
            bell.borrow_and_update();
            let rest = match self.take(worker, free).await {
                Some(taken) => {
                    backoff.reset();
                    if taken > 0 {
                        idle.reset();
                    }
                    let more_may_be_due = taken == free;
                    if more_may_be_due { Duration::ZERO } else { jittered(idle.pause()) }
                }
                None => backoff.pause(),
            };
            tokio::select! {
                biased;
                () = &mut *stop => return,
                () = self.rest(rest) => {}
                Ok(()) = bell.changed(), if !rest.is_zero() => {}
            }
        }
    }

    /// Lets the turns finish until the grace is over; then gives back the jobs of the others.
    pub(crate) async fn drain(&mut self, grace: impl Future<Output = ()>) {
        let turns = &mut self.turns;
        let finish = async { while turns.join_next().await.is_some() {} };
        let finished = tokio::select! {
            () = finish => true,
            () = grace => false,
        };
        if !finished {
            self.live.stop_all(Stop::Shutdown);
            let turns = &mut self.turns;
            let release = async { while turns.join_next().await.is_some() {} };
            let _lapse = timeout(RELEASE, release).await;
        }
        self.turns.shutdown().await;
    }

    /// Waits until there is a slot, a browser, and the right to work.
    async fn ready(&mut self) -> WorkerId {
        loop {
            let _none_has_ended = self.turn_ends().now_or_never();
            while self.turns.len() >= self.most {
                self.turn_ends().await;
            }
            // Nobody else takes one: it stays free.
            drop(self.slots.acquire().await);
            let standing = self.standing.wait_for(Option::is_some).await.ok().and_then(|worker| *worker);
            self.browsers.ready().await;
            match standing {
                Some(worker) if *self.standing.borrow() == Some(worker) => return worker,
                Some(_) => {}
                // Who keeps it has ended, and so will the worker.
                None => std::future::pending().await,
            }
        }
    }

    /// Claims jobs, first those of the account whose browser has just come free, gives each
    /// a turn, and answers how many there were; `None` where the database failed.
    async fn take(&mut self, worker: WorkerId, free: usize) -> Option<usize> {
        let claimant = match &mut self.claimant {
            Some((known, claimant)) if *known == worker => claimant,
            other => &mut other.insert((worker, Claimant::new(worker))).1,
        };
        let claims = claimant.claim_preferring(&self.means.db, free, self.browsers.preferred());
        let claims = self.means.outage.ask("jobs are claimed", PATIENCE, claims).await?;
        let taken = claims.len();
        for claim in claims {
            // There is one for each claim, and they are never called in.
            let slot = Arc::clone(&self.slots).acquire_owned().await.ok();
            let fence = claim.lease.fence();
            let (means, browsers, entry) = (Arc::clone(&self.means), self.browsers.clone(), self.live.enter(fence));
            // Whoever fell silent meanwhile has stopped what was under way, and may not have seen this.
            if *self.standing.borrow() != Some(worker) {
                self.live.stop(fence, Stop::Silent);
            }
            self.turns.spawn(async move { means.turn(claim, browsers, entry, slot).await });
        }
        Some(taken)
    }

    /// Pauses; a turn that ends may have made room for a job that waits.
    async fn rest(&mut self, pause: Duration) {
        if self.turns.is_empty() {
            sleep(pause).await;
        } else {
            let _turn_ended = timeout(pause, self.turn_ends()).await;
        }
    }

    /// Waits until a turn ends, and clears away all that have.
    async fn turn_ends(&mut self) {
        let mut ended = self.turns.join_next().await;
        while let Some(turn) = ended {
            if turn.as_ref().is_err_and(JoinError::is_panic) {
                error!("a turn panicked, and its job is left to lapse: {turn:?}");
            }
            ended = self.turns.try_join_next();
        }
    }
}
