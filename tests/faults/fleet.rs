//! Workers without a browser: they use the verbs of `domain` like a real worker, so that a
//! test can afford many of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::Db;
use domain::db::connect_lazily;
use domain::id::WorkerId;
use domain::job::{Claim, Claimant, Fence, LeaseError, reap, unpark};
use domain::worker::{BEAT_INTERVAL, Beat, MAX_SILENCE, WorkerStats, beat};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use harness::fixtures::{register_worker, rendered};

/// The duration of a render that does not wait for the barrier.
const RENDER: Duration = Duration::from_millis(300);

/// The pause between two statements.
const PAUSE: Duration = Duration::from_millis(250);

/// Whether the renders that wait for it may finish.
pub(crate) type Barrier = watch::Receiver<bool>;

/// A worker. Dropping it kills it.
pub(crate) struct FakeWorker {
    _tasks: JoinSet<()>,
}

struct Context {
    db: Db,
    worker: WorkerId,
    slots: usize,
    barrier: Barrier,
    in_flight: Mutex<HashMap<Fence, oneshot::Sender<()>>>,
    is_member: watch::Sender<bool>,
}

impl FakeWorker {
    /// Starts a worker. Every second render waits for the barrier.
    pub(crate) async fn start(url: &str, name: &str, slots: usize, barrier: &Barrier) -> Self {
        let db = connect_lazily(url, u32::try_from(slots).expect("a few") + 4).expect("a URL");
        let worker = register_worker(&db, name).await;
        let (in_flight, is_member, barrier) = (Mutex::default(), watch::Sender::new(true), barrier.clone());
        let context = Arc::new(Context { db, worker, slots, barrier, in_flight, is_member });
        let mut tasks = JoinSet::new();
        tasks.spawn(Arc::clone(&context).beat());
        tasks.spawn(Arc::clone(&context).maintain());
        tasks.spawn(context.claim());
        Self { _tasks: tasks }
    }
}

impl Context {
    async fn beat(self: Arc<Self>) {
        let mut last_beat = Instant::now();
        loop {
            sleep(BEAT_INTERVAL.saturating_sub(last_beat.elapsed()).max(PAUSE)).await;
            let (sent, fences) = (Instant::now(), self.lock().keys().copied().collect::<Vec<_>>());
            let beat = beat(&self.db, self.worker, &fences, WorkerStats::default());
            if let Ok(Ok(Beat { lost, .. })) = timeout(BEAT_INTERVAL, beat).await {
                let mut in_flight = self.lock();
                lost.iter().filter_map(|fence| in_flight.remove(fence)).for_each(drop);
                last_beat = sent;
                self.is_member.send_replace(true);
            }
            if last_beat.elapsed() >= MAX_SILENCE {
                self.is_member.send_replace(false);
                self.lock().clear();
            }
        }
    }

    async fn maintain(self: Arc<Self>) {
        loop {
            sleep(Duration::from_secs(1)).await;
            if *self.is_member.borrow() {
                let _next_time = timeout(MAX_SILENCE, reap(&self.db, self.worker)).await;
                let _next_time = timeout(MAX_SILENCE, unpark(&self.db)).await;
            }
        }
    }

    async fn claim(self: Arc<Self>) {
        let (mut claimant, mut renders) = (Claimant::new(self.worker), JoinSet::new());
        let mut is_member = self.is_member.subscribe();
        while is_member.wait_for(|is_member| *is_member).await.is_ok() {
            while renders.try_join_next().is_some() {}
            let free = self.slots - renders.len();
            let claims = timeout(MAX_SILENCE / 2, claimant.claim(&self.db, free)).await;
            for claim in claims.into_iter().flatten().flatten() {
                renders.spawn(Arc::clone(&self).run(claim));
            }
            sleep(PAUSE).await;
        }
    }

    async fn run(self: Arc<Self>, claim: Claim) {
        let (sender, mut stop) = oneshot::channel();
        self.lock().insert(claim.lease.fence(), sender);
        if !*self.is_member.borrow() {
            self.lock().clear();
        }
        let finished = tokio::select! {
            _stopped = &mut stop => false,
            () = self.render(&claim) => true,
        };
        let _lapse = timeout(claim.lease.duration(), self.end(claim, finished)).await;
    }

    async fn render(&self, claim: &Claim) {
        if claim.lease.fence().number % 2 == 0 {
            let mut barrier = self.barrier.clone();
            let _open = barrier.wait_for(|open| *open).await;
        } else {
            sleep(RENDER).await;
        }
    }

    async fn end(&self, claim: Claim, finished: bool) {
        let (fence, mut lease) = (claim.lease.fence(), claim.lease);
        loop {
            let ended =
                if finished { lease.complete(&self.db, &rendered(7)).await } else { lease.release(&self.db).await };
            match ended {
                Ok(()) | Err(LeaseError::Lost(..)) => break,
                Err(LeaseError::Db(back, _)) => lease = back,
            }
            sleep(PAUSE).await;
        }
        self.lock().remove(&fence);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Fence, oneshot::Sender<()>>> {
        self.in_flight.lock().expect("no panic")
    }
}
