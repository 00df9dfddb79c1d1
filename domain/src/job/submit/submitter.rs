//! Submitting together: the calls of an account that wait for each other become one statement.
//!
//! Each statement locks the account's row until its commit is on disk, so the statements of one account run one after the
//! other. A call of an account without any under way is submitted at once. Those that arrive during its statement wait
//! here, and the next statement submits them together. Each has the outcome that it would have alone.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::{JoinSet, yield_now};
use tokio::time::timeout;

use super::call::{Call, Inserted};
use super::error::SubmitError;
use super::once::{insert_once, submit_once};
use super::queue::{QueuedCall, Queues};
use super::submitted::{Submitted, one};
use super::together::{OneJob, insert_together};
use crate::id::AccountId;
use crate::idempotency::Idempotency;
use crate::job::new_job::NewJob;
use crate::key::Caller;
use crate::{Db, DbError};

/// The most calls of an account that should wait here at once: a quarter of a second's worth.
pub const MAX_QUEUED: usize = 1024;

/// How long a call waits for its turn: as long as a statement waits for a connection.
const QUEUE_TIMEOUT: Duration = Duration::from_secs(5);

/// The key of a call with a document of at least this size is looked up first, so that a repeated call does not send it
/// again. Sending a smaller one costs less than another round trip.
const MIN_LOOKED_UP_BYTES: usize = 64 * 1024;

/// Submits the jobs of single calls. Cheap to clone: clones submit together.
#[derive(Debug, Clone)]
pub struct Submitter {
    db: Db,
    queues: Arc<Queues>,
    /// One for each account with calls. They end before long, or with the last clone.
    tasks: Arc<Mutex<JoinSet<()>>>,
}

impl Submitter {
    /// Submits to this database.
    pub fn new(db: Db) -> Self {
        Self { db, queues: Arc::default(), tasks: Arc::default() }
    }

    /// Submits one job, like [`submit`](super::submit). A call that is dropped while it waits is not submitted; later,
    /// it may be, and the others are not affected.
    pub async fn submit(
        &self,
        caller: &Caller,
        job: &Arc<NewJob>,
        idempotency: Option<&Idempotency>,
    ) -> Result<Submitted, SubmitError> {
        let call = Call { caller, idempotency };
        let insert = || self.insert_in_turn(call, job);
        let outcome = if job.html().map_or(0, str::len) < MIN_LOOKED_UP_BYTES {
            insert_once(&self.db, call, 1, insert).await
        } else {
            submit_once(&self.db, call, 1, insert).await
        };
        outcome.and_then(one)
    }

    async fn insert_in_turn(&self, call: Call<'_>, job: &Arc<NewJob>) -> Result<Inserted, SubmitError> {
        let account = call.caller.account();
        let (reply, mut inserted) = oneshot::channel();
        let (caller, idempotency) = (call.caller.clone(), call.idempotency.cloned());
        let place = self.queues.push(QueuedCall { caller, idempotency, job: Arc::clone(job), reply });
        if place.is_first {
            self.spawn(account);
        }
        let inserted = match timeout(QUEUE_TIMEOUT, &mut inserted).await {
            Ok(inserted) => inserted,
            Err(_elapsed) if self.queues.give_up(account, &place) => return Err(DbError::PoolTimedOut.into()),
            Err(_elapsed) => inserted.await,
        };
        // The task is gone, and nobody knows how far it came.
        inserted.unwrap_or_else(|_dropped| Err(DbError::WorkerCrashed.into()))
    }

    fn spawn(&self, account: AccountId) {
        let turns = Turns { queues: Arc::clone(&self.queues), account, are_over: false };
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(submit_all(self.db.clone(), turns));
    }
}

/// The right to submit the calls of an account. When it is dropped early, the calls that wait fail.
struct Turns {
    queues: Arc<Queues>,
    account: AccountId,
    are_over: bool,
}

impl Turns {
    fn next(&mut self) -> Option<Vec<QueuedCall>> {
        let calls = self.queues.take(self.account);
        self.are_over = calls.is_none();
        calls
    }
}

impl Drop for Turns {
    fn drop(&mut self) {
        if !self.are_over {
            self.queues.remove(self.account);
        }
    }
}

async fn submit_all(db: Db, mut turns: Turns) {
    while let Some(calls) = turns.next() {
        let jobs: Vec<OneJob<'_>> = calls.iter().map(QueuedCall::as_one_job).collect();
        let results = insert_together(&db, &jobs).await;
        for (call, result) in calls.into_iter().zip(results) {
            // A caller that has gone needs no reply.
            let _gone = call.reply.send(result);
        }
        // Those that have a reply may have another call, which is in time for the next statement.
        yield_now().await;
    }
}
