//! Submitting: requests become jobs, and credits become a debit.
//!
//! One statement locks the account, checks its rate, takes the longest prefix of the batch
//! that its balance pays for, debits it, and writes ledger, job, source, queue and the
//! response that a repeated call receives. So an accepted job is paid for, and a rejected
//! one leaves no trace.

mod error;
mod insert;

pub use error::SubmitError;

use insert::insert;

use super::new_job::NewJob;
use crate::Db;
use crate::account::Rate;
use crate::id::{BatchId, JobId};
use crate::idempotency::{self, Idempotency, Response};
use crate::key::Caller;

/// A job that was accepted.
#[derive(Debug)]
pub struct Submitted {
    /// The job.
    pub job: JobId,
    /// The credits debited.
    pub credits_used: i64,
    /// The account's balance afterwards.
    pub credits_remaining: i64,
    /// The state of the account's rate limit, if it has one.
    pub rate: Option<Rate>,
    /// Whether an earlier call with the same key submitted it, and this one did nothing.
    pub replayed: bool,
}

/// A batch that was accepted, in whole or in part.
#[derive(Debug)]
pub struct Batch {
    /// The batch.
    pub id: BatchId,
    /// The accepted jobs: the longest prefix of the submitted ones that the balance paid for.
    pub jobs: Vec<JobId>,
    /// The credits debited.
    pub credits_used: i64,
    /// The account's balance afterwards.
    pub credits_remaining: i64,
    /// The state of the account's rate limit, if it has one.
    pub rate: Option<Rate>,
    /// Whether an earlier call with the same key submitted it, and this one did nothing.
    pub replayed: bool,
}

/// Submits one job: all or nothing, and once per idempotency key.
pub async fn submit(
    db: &Db,
    caller: &Caller,
    job: &NewJob,
    idempotency: Option<&Idempotency>,
) -> Result<Submitted, SubmitError> {
    let (Response { jobs, credits_used, credits_remaining, .. }, rate, replayed) =
        submit_counted(db, caller, None, std::slice::from_ref(job), idempotency).await?;
    let job = jobs.first().copied().ok_or(SubmitError::InsufficientCredits)?;
    Ok(Submitted { job, credits_used, credits_remaining, rate, replayed })
}

/// Submits as many jobs as the account's credits pay for, in order, and once per
/// idempotency key.
pub async fn submit_batch(
    db: &Db,
    caller: &Caller,
    jobs: &[NewJob],
    idempotency: Option<&Idempotency>,
) -> Result<Batch, SubmitError> {
    let id = BatchId::new();
    let (Response { jobs, batch, credits_used, credits_remaining }, rate, replayed) =
        submit_counted(db, caller, Some(id), jobs, idempotency).await?;
    Ok(Batch { id: batch.unwrap_or(id), jobs, credits_used, credits_remaining, rate, replayed })
}

/// Returns what an earlier call with the same key submitted, without submitting anything.
pub async fn replay(
    db: &Db,
    caller: &Caller,
    idempotency: Option<&Idempotency>,
) -> Result<Option<Submitted>, SubmitError> {
    let Some(idempotency) = idempotency else { return Ok(None) };
    let Some(response) = idempotency::recall(db, caller, idempotency).await? else { return Ok(None) };
    let Response { jobs, credits_used, credits_remaining, .. } = response;
    let replayed = |&job| Submitted { job, credits_used, credits_remaining, rate: None, replayed: true };
    Ok(jobs.first().map(replayed))
}

/// Submits, and counts what the account, its credits or its rate refused in whole or in part.
async fn submit_counted(
    db: &Db,
    caller: &Caller,
    batch: Option<BatchId>,
    jobs: &[NewJob],
    idempotency: Option<&Idempotency>,
) -> Result<(Response, Option<Rate>, bool), SubmitError> {
    let submitted = submit_once(db, caller, batch, jobs, idempotency).await;
    let is_refused = match &submitted {
        Ok((response, _, replayed)) => !replayed && response.jobs.len() < jobs.len(),
        Err(SubmitError::Suspended | SubmitError::RateLimited(_)) => true,
        Err(_) => false,
    };
    if is_refused {
        db.counters().counts().refused(caller.account());
    }
    submitted
}

/// Looks the key up, submits if it is new, and looks it up again if a concurrent call with
/// the same key won: the snapshot of the losing statement cannot see the winner.
async fn submit_once(
    db: &Db,
    caller: &Caller,
    batch: Option<BatchId>,
    jobs: &[NewJob],
    idempotency: Option<&Idempotency>,
) -> Result<(Response, Option<Rate>, bool), SubmitError> {
    let Some(key) = idempotency else {
        return insert(db, caller, batch, jobs, None).await.map(|(response, rate)| (response, rate, false));
    };
    if let Some(response) = idempotency::recall(db, caller, key).await? {
        return Ok((response, None, true));
    }
    let mut retries = 3;
    loop {
        let inserted = insert(db, caller, batch, jobs, idempotency).await;
        let may_have_lost_a_race = match &inserted {
            Ok((response, _)) => response.jobs.is_empty(),
            Err(SubmitError::Db(error)) => idempotency::is_taken(error),
            Err(_) => true,
        };
        retries -= 1;
        if may_have_lost_a_race && let Some(response) = idempotency::recall(db, caller, key).await? {
            return Ok((response, None, true));
        }
        match inserted {
            // The winner was withdrawn before we looked.
            Err(SubmitError::Db(error)) if idempotency::is_taken(&error) && retries > 0 => {}
            inserted => return inserted.map(|(response, rate)| (response, rate, false)),
        }
    }
}
