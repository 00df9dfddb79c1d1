//! The pulse: the worker says that it lives, and stops what is no longer its own.

use std::sync::Arc;
use std::time::Duration;

use domain::Db;
use domain::id::WorkerId;
use domain::worker::{About, BEAT, BeatError, SILENCE, beat, register};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};
use tracing::{info, warn};

use crate::backoff::Backoff;
use crate::live::{Live, Stop};
use crate::outage::Outage;

/// Who the worker is, as long as it may work; `None` while it could not beat.
pub(crate) type Standing = watch::Receiver<Option<WorkerId>>;

/// The pause after a beat that failed.
const AGAIN: Duration = Duration::from_millis(250);

/// The first pause after an attempt to register that failed.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// The longest.
const PAUSE: Duration = Duration::from_secs(1);

/// A worker's pulse.
#[derive(Debug)]
pub(crate) struct Pulse {
    db: Db,
    about: About,
    live: Live,
    outage: Arc<Outage>,
    worker: WorkerId,
    heard: Instant,
    standing: watch::Sender<Option<WorkerId>>,
}

impl Pulse {
    /// Registers the worker, however long the database takes.
    pub(crate) async fn begin(db: Db, about: About, live: Live, outage: Arc<Outage>) -> Self {
        let (worker, heard) = join(&db, &about, &outage).await;
        Self { db, about, live, outage, worker, heard, standing: watch::Sender::new(Some(worker)) }
    }

    /// Shows who the worker is.
    pub(crate) fn standing(&self) -> Standing {
        self.standing.subscribe()
    }

    /// Beats, for ever.
    pub(crate) async fn beat(mut self) {
        loop {
            sleep(BEAT.saturating_sub(self.heard.elapsed()).max(AGAIN)).await;
            self.once().await;
        }
    }

    async fn once(&mut self) {
        let asked = Instant::now();
        let fences = self.live.fences();
        match timeout(self.patience(), beat(&self.db, self.worker, &fences)).await {
            Ok(Ok(lost)) => {
                for fence in lost {
                    self.live.stop(fence, Stop::Lost);
                }
                self.heard(asked);
            }
            Ok(Err(BeatError::Forgotten)) => {
                warn!("this worker was forgotten, and registers anew");
                self.silence(Stop::Lost);
                (self.worker, self.heard) = join(&self.db, &self.about, &self.outage).await;
                self.standing.send_replace(Some(self.worker));
            }
            Ok(Err(BeatError::Db(error))) => self.outage.met("the worker says that it lives", &error),
            Err(late) => self.outage.met("the worker says that it lives", &late),
        }
        if self.heard.elapsed() >= SILENCE && self.standing.borrow().is_some() {
            warn!("not heard for {} seconds: renders are stopped, for others take over", SILENCE.as_secs());
            self.silence(Stop::Silent);
        }
    }

    /// An attempt may not last beyond the moment at which renders are to be stopped.
    fn patience(&self) -> Duration {
        match SILENCE.checked_sub(self.heard.elapsed()) {
            Some(left) => left.clamp(AGAIN, BEAT),
            None => BEAT,
        }
    }

    fn heard(&mut self, asked: Instant) {
        self.heard = asked;
        self.outage.over();
        let worker = Some(self.worker);
        self.standing.send_if_modified(|standing| std::mem::replace(standing, worker) != worker);
    }

    fn silence(&self, why: Stop) {
        self.standing.send_replace(None);
        self.live.stop_all(why);
    }
}

async fn join(db: &Db, about: &About, outage: &Outage) -> (WorkerId, Instant) {
    let mut backoff = Backoff::new(FIRST_PAUSE, PAUSE);
    loop {
        let asked = Instant::now();
        if let Some(worker) = outage.ask("the worker registers", SILENCE, register(db, about)).await {
            outage.over();
            let About { name, slots, browser, .. } = about;
            info!(worker.id = %worker, slots, browser, "worker {name} is ready");
            return (worker, asked);
        }
        backoff.rest().await;
    }
}
