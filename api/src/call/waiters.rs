//! Waits for jobs to end. All waiters of this process share one query.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::Db;
use domain::id::JobId;
use domain::job;
use domain::notify::{Channel, MAX_POLL, MIN_POLL, jittered};
use tokio::sync::{Notify, oneshot};
use tokio::time::sleep;

use crate::metrics::WaitingCall;

/// The pause between two queries. New waiters and notifications in this time share the
/// next query.
const COALESCE_INTERVAL: Duration = Duration::from_millis(3);

/// The waiters of this process. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct JobWaiters(Arc<Registry>);

#[derive(Debug, Default)]
struct Registry {
    waiting: Mutex<Waiting>,
    registered: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    next_id: u64,
    senders: HashMap<u64, (JobId, oneshot::Sender<()>)>,
}

/// A registered waiter. Dropping it unregisters it.
#[derive(Debug)]
pub(crate) struct Waiter {
    registry: Arc<Registry>,
    id: u64,
    ended: oneshot::Receiver<()>,
    _counted: WaitingCall,
}

impl JobWaiters {
    /// Registers a waiter for a job, which may have ended already.
    pub(crate) fn register(&self, job: JobId) -> Waiter {
        let (sender, ended) = oneshot::channel();
        let mut waiting = self.0.lock();
        let id = waiting.next_id;
        waiting.next_id += 1;
        waiting.senders.insert(id, (job, sender));
        drop(waiting);
        self.0.registered.notify_one();
        Waiter { registry: Arc::clone(&self.0), id, ended, _counted: WaitingCall::begin() }
    }

    /// Wakes the waiters whose jobs have ended. Runs forever. Queries the database on every
    /// notification, on every new waiter, and periodically in case a notification was lost.
    pub(crate) async fn run(self, db: Db) {
        let mut notifications = db.notifier().subscribe(Channel::Ended);
        let mut poll_interval = MIN_POLL;
        loop {
            tokio::select! {
                Ok(()) = notifications.changed() => {}
                () = self.0.registered.notified() => poll_interval = MIN_POLL,
                () = sleep(jittered(poll_interval)) => poll_interval = (poll_interval * 2).min(MAX_POLL),
            }
            let jobs = self.0.jobs();
            if jobs.is_empty() {
                continue;
            }
            match job::ended_among(&db, &jobs).await {
                Ok(ended) => self.0.wake(&ended.into_iter().collect()),
                Err(error) => tracing::warn!(%error, "database error in `ended_among`, retrying"),
            }
            sleep(COALESCE_INTERVAL).await;
        }
    }
}

impl Waiter {
    /// Waits until the job has ended.
    pub(crate) async fn ended(&mut self) {
        if (&mut self.ended).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        self.registry.lock().senders.remove(&self.id);
    }
}

impl Registry {
    /// Returns the jobs that have waiters, without duplicates.
    fn jobs(&self) -> Vec<JobId> {
        let mut jobs: Vec<JobId> = self.lock().senders.values().map(|(job, _)| *job).collect();
        jobs.sort_unstable();
        jobs.dedup();
        jobs
    }

    fn wake(&self, ended: &HashSet<JobId>) {
        let woken: Vec<_> = self.lock().senders.extract_if(|_, (job, _)| ended.contains(job)).collect();
        for (_, (_, sender)) in woken {
            // Fails if the waiter was dropped.
            let _ = sender.send(());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
