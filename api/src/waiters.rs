//! Whoever waits for the end of a job: all of them ask with one question.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::Db;
use domain::bell::{Bell, Bells, FIRST_POLL, POLL, jittered};
use domain::id::JobId;
use domain::job;
use tokio::sync::{Notify, oneshot};
use tokio::time::sleep;

/// How long it is not looked again: who enters meanwhile, and what ends, share the next look.
const COALESCE: Duration = Duration::from_millis(3);

/// Those who wait in this process. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Waiters(Arc<Room>);

#[derive(Debug, Default)]
struct Room {
    seats: Mutex<Seats>,
    entered: Notify,
}

#[derive(Debug, Default)]
struct Seats {
    next: u64,
    taken: HashMap<u64, (JobId, oneshot::Sender<()>)>,
}

/// One who waits. Whoever is dropped waits no longer.
#[derive(Debug)]
pub(crate) struct Waiter {
    room: Arc<Room>,
    seat: u64,
    called: oneshot::Receiver<()>,
}

impl Waiters {
    /// Begins to wait for a job, which may have ended already.
    pub(crate) fn enter(&self, job: JobId) -> Waiter {
        let (call, called) = oneshot::channel();
        let mut seats = self.0.lock();
        let seat = seats.next;
        seats.next += 1;
        seats.taken.insert(seat, (job, call));
        drop(seats);
        self.0.entered.notify_one();
        Waiter { room: Arc::clone(&self.0), seat, called }
    }

    /// Calls those whose jobs have ended, for ever: when the bell rings, when somebody
    /// enters, and now and then in case that a bell was lost.
    pub(crate) async fn keep(self, db: Db, bells: Bells) {
        let mut bell = bells.heard(Bell::Ended);
        let mut pause = FIRST_POLL;
        loop {
            tokio::select! {
                Ok(()) = bell.changed() => {}
                () = self.0.entered.notified() => pause = FIRST_POLL,
                () = sleep(jittered(pause)) => pause = (pause * 2).min(POLL),
            }
            let mut waited_for: Vec<JobId> = self.0.lock().taken.values().map(|(job, _)| *job).collect();
            waited_for.sort_unstable();
            waited_for.dedup();
            if waited_for.is_empty() {
                continue;
            }
            match job::ended(&db, &waited_for).await {
                Ok(ended) => self.0.call(&ended.into_iter().collect()),
                Err(error) => tracing::warn!(%error, "could not ask which jobs have ended; asking again"),
            }
            sleep(COALESCE).await;
        }
    }
}

impl Waiter {
    /// Waits until the job has ended.
    pub(crate) async fn ended(&mut self) {
        if (&mut self.called).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        self.room.lock().taken.remove(&self.seat);
    }
}

impl Room {
    fn call(&self, ended: &HashSet<JobId>) {
        let called: Vec<_> = self.lock().taken.extract_if(|_, (job, _)| ended.contains(job)).collect();
        for (_, (_, call)) in called {
            let _gone = call.send(());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Seats> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
