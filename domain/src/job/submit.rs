//! Submitting: requests become jobs, and credits become a debit.
//!
//! One statement locks the account, checks its rate, takes the longest prefix of the batch
//! that its balance pays for, debits it, and writes ledger, job, source, queue and the
//! response that a repeated call receives. So an accepted job is paid for, and a rejected
//! one leaves no trace.

mod call;
mod error;
mod insert;
mod judgement;
mod once;
mod queue;
mod submitted;
mod submitter;
mod together;

pub use error::SubmitError;
pub use submitted::Submitted;
pub use submitter::{MAX_QUEUED, Submitter};

use call::Call;
use insert::insert;
use once::{Outcome, submit_once};
use submitted::one;
use together::insert_one;

use super::new_job::NewJob;
use crate::Db;
use crate::account::Rate;
use crate::id::{BatchId, JobId};
use crate::idempotency::{self, Idempotency, Response};
use crate::key::Caller;

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
    let call = Call { caller, idempotency };
    submit_once(db, call, 1, || insert_one(db, call, job)).await.and_then(one)
}

/// Submits as many jobs as the account's credits pay for, in order, and once per
/// idempotency key.
pub async fn submit_batch(
    db: &Db,
    caller: &Caller,
    jobs: &[NewJob],
    idempotency: Option<&Idempotency>,
) -> Result<Batch, SubmitError> {
    let (id, call) = (BatchId::new(), Call { caller, idempotency });
    let jobs: Vec<&NewJob> = jobs.iter().collect();
    let all = async || insert(db, Some(id), &[call], &jobs).await?.of_batch(id);
    let Outcome { response, rate, replayed } = submit_once(db, call, jobs.len(), all).await?;
    let Response { jobs, batch, credits_used, credits_remaining } = response;
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
    Ok(one(Outcome { response, rate: None, replayed: true }).ok())
}
