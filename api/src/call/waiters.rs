//! Waits for jobs to end. Most notifications name the jobs. For the others, all waiters of this process share one
//! query.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::Db;
use domain::id::JobId;
use domain::job;
use domain::notify::{Ended, MAX_POLL, MIN_POLL, jittered};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Notify, oneshot};
use tokio::time::{Instant, sleep, sleep_until};

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
    /// How often a job may have ended whose waiter was not registered yet: when the database was asked about all
    /// waiters, and when a notification named a job without one.
    misses: u64,
    /// A waiter was registered whose job may have ended before.
    is_query_due: bool,
}

/// A moment, for waiters of jobs that are submitted after it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    misses: u64,
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
    /// Returns the moment before a submission.
    pub(crate) fn now(&self) -> Moment {
        Moment { misses: self.0.lock().misses }
    }

    /// Registers a waiter for a job, which may have ended already.
    pub(crate) fn register(&self, job: JobId) -> Waiter {
        self.register_since(job, None)
    }

    /// Registers a waiter for a job that was submitted after a moment. Unless its end may have been
    /// missed since, the notification of it is still to come, and is waited for.
    pub(crate) fn register_submitted(&self, job: JobId, before: Moment) -> Waiter {
        self.register_since(job, Some(before))
    }

    fn register_since(&self, job: JobId, moment: Option<Moment>) -> Waiter {
        let (sender, ended) = oneshot::channel();
        let mut waiting = self.0.lock();
        let id = waiting.next_id;
        waiting.next_id += 1;
        waiting.senders.insert(id, (job, sender));
        waiting.is_query_due |= moment.is_none_or(|moment| moment.misses != waiting.misses);
        drop(waiting);
        self.0.registered.notify_one();
        Waiter { registry: Arc::clone(&self.0), id, ended, _counted: WaitingCall::begin() }
    }

    /// Wakes the waiters whose jobs have ended. Runs forever. Queries the database when a notification does not name
    /// the jobs, for every new waiter whose job may have ended, and periodically in case a notification was lost.
    pub(crate) async fn run(self, db: Db) {
        let mut ended = db.notifier().subscribe_ended();
        let mut poll_interval = MIN_POLL;
        let mut poll_at = Instant::now();
        loop {
            tokio::select! {
                received = ended.recv() => match received {
                    Ok(Ended::Jobs(jobs)) => {
                        self.0.wake_named(&jobs);
                        continue;
                    }
                    Ok(Ended::Any) | Err(RecvError::Lagged(_)) => {}
                    // The sender lives as long as the pool.
                    Err(RecvError::Closed) => return,
                },
                () = self.0.registered.notified() => {
                    poll_interval = MIN_POLL;
                    poll_at = poll_at.min(Instant::now() + jittered(poll_interval));
                    if !self.0.lock().is_query_due {
                        continue;
                    }
                }
                () = sleep_until(poll_at) => poll_interval = (poll_interval * 2).min(MAX_POLL),
            }
            poll_at = Instant::now() + jittered(poll_interval);
            // One query answers all notifications that have arrived.
            while let Ok(received) = ended.try_recv() {
                if let Ended::Jobs(jobs) = received {
                    self.0.wake_named(&jobs);
                }
            }
            let jobs = self.0.jobs_to_query();
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
    /// Returns the jobs that have waiters, without duplicates, to ask the database about them.
    fn jobs_to_query(&self) -> Vec<JobId> {
        let mut waiting = self.lock();
        waiting.misses += 1;
        waiting.is_query_due = false;
        let mut jobs: Vec<JobId> = waiting.senders.values().map(|(job, _)| *job).collect();
        drop(waiting);
        jobs.sort_unstable();
        jobs.dedup();
        jobs
    }

    /// Wakes the waiters of jobs that a notification named.
    fn wake_named(&self, ended: &[JobId]) {
        let ended = ended.iter().copied().collect();
        let mut waiting = self.lock();
        let woken = waiting.take(&ended);
        let waited_for: HashSet<JobId> = woken.iter().map(|(job, _)| *job).collect();
        if waited_for.len() < ended.len() {
            waiting.misses += 1;
        }
        drop(waiting);
        wake(woken);
    }

    /// Wakes the waiters of these jobs.
    fn wake(&self, ended: &HashSet<JobId>) {
        let woken = self.lock().take(ended);
        wake(woken);
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    /// Removes and returns the waiters of these jobs.
    fn take(&mut self, ended: &HashSet<JobId>) -> Vec<(JobId, oneshot::Sender<()>)> {
        self.senders.extract_if(|_, (job, _)| ended.contains(job)).map(|(_, waiter)| waiter).collect()
    }
}

fn wake(waiters: Vec<(JobId, oneshot::Sender<()>)>) {
    for (_, sender) in waiters {
        // Fails if the waiter was dropped.
        let _ = sender.send(());
    }
}

#[cfg(test)]
mod tests {
    use domain::id::JobId;
    use futures_util::FutureExt;

    use super::JobWaiters;

    fn is_query_due(waiters: &JobWaiters) -> bool {
        waiters.0.lock().is_query_due
    }

    #[test]
    fn a_job_may_have_ended_if_the_database_was_asked_since_before_it_was_submitted() {
        let (waiters, job) = (JobWaiters::default(), JobId::new());

        let before = waiters.now();
        let _waits_for_the_notification = waiters.register_submitted(job, before);
        assert!(!is_query_due(&waiters));

        assert_eq!(waiters.0.jobs_to_query(), [job]);
        let _missed_the_notification = waiters.register_submitted(job, before);
        assert!(is_query_due(&waiters));
    }

    #[tokio::test]
    async fn a_notification_that_names_jobs_wakes_their_waiters_and_no_others() {
        let (waiters, job, other) = (JobWaiters::default(), JobId::new(), JobId::new());
        let before = waiters.now();
        let mut waiter = waiters.register_submitted(job, before);
        let mut waits_for_another = waiters.register_submitted(other, before);

        waiters.0.wake_named(&[job]);

        waiter.ended().await;
        assert!(waits_for_another.ended().now_or_never().is_none());
        let _later = waiters.register_submitted(JobId::new(), before);
        assert!(!is_query_due(&waiters));
    }

    #[test]
    fn a_job_may_have_ended_if_one_without_a_waiter_was_named_since_before_it_was_submitted() {
        let (waiters, job) = (JobWaiters::default(), JobId::new());
        let before = waiters.now();

        waiters.0.wake_named(&[job]);

        let _missed_the_notification = waiters.register_submitted(job, before);
        assert!(is_query_due(&waiters));
    }

    #[test]
    fn the_database_is_asked_once_about_a_job_of_unknown_age() {
        let (waiters, job) = (JobWaiters::default(), JobId::new());

        let _waiter = waiters.register(job);
        assert!(is_query_due(&waiters));

        assert_eq!(waiters.0.jobs_to_query(), [job]);
        assert!(!is_query_due(&waiters));
    }
}
