//! A job that was accepted.

use super::error::SubmitError;
use super::once::Outcome;
use crate::account::Rate;
use crate::id::JobId;
use crate::idempotency::Response;

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

/// Returns the outcome of a call for one job.
pub(super) fn one(Outcome { response, rate, replayed }: Outcome) -> Result<Submitted, SubmitError> {
    let Response { jobs, credits_used, credits_remaining, .. } = response;
    let job = jobs.first().copied().ok_or(SubmitError::InsufficientCredits)?;
    Ok(Submitted { job, credits_used, credits_remaining, rate, replayed })
}
