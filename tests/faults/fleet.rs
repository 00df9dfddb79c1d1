//! Workers that render nothing: the domain's verbs as the real worker uses them, without
//! Chromium, so that a fleet of them is cheap.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::Db;
use domain::id::WorkerId;
use domain::job::{Claim, Claimant, Fence, LeaseError, reap, unpark};
use domain::schema::connect_lazily;
use domain::worker::{BEAT, SILENCE, beat};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::{registered, rendered};

/// How long a render takes that does not wait for the gate.
const RENDER: Duration = Duration::from_millis(300);

/// How long any pause is between two questions to the database.
const PAUSE: Duration = Duration::from_millis(250);

/// Whether the renders that wait for it may finish.
pub(crate) type Gate = watch::Receiver<bool>;

/// A worker. Dropping it kills it.
pub(crate) struct StandIn {
    _duties: JoinSet<()>,
}

struct Hands {
    db: Db,
    worker: WorkerId,
    slots: usize,
    gate: Gate,
    live: Mutex<HashMap<Fence, oneshot::Sender<()>>>,
    standing: watch::Sender<bool>,
}

impl StandIn {
    /// Starts one, of so many slots. Every second of its renders waits for the gate.
    pub(crate) async fn start(url: &str, name: &str, slots: usize, gate: &Gate) -> Self {
        let db = connect_lazily(url, u32::try_from(slots).expect("a few") + 4).expect("a URL");
        let worker = registered(&db, name).await;
        let (live, standing, gate) = (Mutex::default(), watch::Sender::new(true), gate.clone());
        let hands = Arc::new(Hands { db, worker, slots, gate, live, standing });
        let mut duties = JoinSet::new();
        duties.spawn(Arc::clone(&hands).beat());
        duties.spawn(Arc::clone(&hands).chores());
        duties.spawn(hands.claim());
        Self { _duties: duties }
    }
}

impl Hands {
    async fn beat(self: Arc<Self>) {
        let mut heard = Instant::now();
        loop {
            sleep(BEAT.saturating_sub(heard.elapsed()).max(PAUSE)).await;
            let (asked, fences) = (Instant::now(), self.lock().keys().copied().collect::<Vec<_>>());
            if let Ok(Ok(lost)) = timeout(BEAT, beat(&self.db, self.worker, &fences)).await {
                let mut live = self.lock();
                lost.iter().filter_map(|fence| live.remove(fence)).for_each(drop);
                heard = asked;
                self.standing.send_replace(true);
            }
            if heard.elapsed() >= SILENCE {
                self.standing.send_replace(false);
                self.lock().clear();
            }
        }
    }

    async fn chores(self: Arc<Self>) {
        loop {
            sleep(Duration::from_secs(1)).await;
            if *self.standing.borrow() {
                let _next_time = timeout(SILENCE, reap(&self.db, self.worker)).await;
                let _next_time = timeout(SILENCE, unpark(&self.db)).await;
            }
        }
    }

    async fn claim(self: Arc<Self>) {
        let (mut claimant, mut turns) = (Claimant::new(self.worker), JoinSet::new());
        let mut standing = self.standing.subscribe();
        while standing.wait_for(|standing| *standing).await.is_ok() {
            while turns.try_join_next().is_some() {}
            let free = self.slots - turns.len();
            let claims = timeout(SILENCE / 2, claimant.claim(&self.db, free)).await;
            for claim in claims.into_iter().flatten().flatten() {
                turns.spawn(Arc::clone(&self).turn(claim));
            }
            sleep(PAUSE).await;
        }
    }

    async fn turn(self: Arc<Self>, claim: Claim) {
        let (sender, mut stop) = oneshot::channel();
        self.lock().insert(claim.lease.fence(), sender);
        if !*self.standing.borrow() {
            self.lock().clear();
        }
        let finished = tokio::select! {
            _stopped = &mut stop => false,
            () = self.render(&claim) => true,
        };
        let _lapse = timeout(claim.lease.term(), self.end(claim, finished)).await;
    }

    async fn render(&self, claim: &Claim) {
        if claim.lease.fence().number % 2 == 0 {
            let mut gate = self.gate.clone();
            let _open = gate.wait_for(|open| *open).await;
        } else {
            sleep(RENDER).await;
        }
    }

    async fn end(&self, claim: Claim, finished: bool) {
        let (fence, mut lease) = (claim.lease.fence(), claim.lease);
        loop {
            let ended =
                if finished { lease.complete(&self.db, &rendered()).await } else { lease.release(&self.db).await };
            match ended {
                Ok(()) | Err(LeaseError::Lost(..)) => break,
                Err(LeaseError::Db(back, _)) => lease = back,
            }
            sleep(PAUSE).await;
        }
        self.lock().remove(&fence);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Fence, oneshot::Sender<()>>> {
        self.live.lock().expect("no panic")
    }
}
