//! What the statement decided, and the outcome of each of its calls.

use super::call::{Call, Inserted};
use super::error::SubmitError;
use crate::account::{Rate, RateOf};
use crate::id::{BatchId, JobId};
use crate::idempotency::{Idempotency, Response};

/// What the statement decided.
#[derive(Debug)]
pub(super) struct Judgement {
    pub(super) is_suspended: bool,
    /// The jobs that were accepted, in order.
    pub(super) accepted: Vec<JobId>,
    /// The idempotency keys of earlier calls.
    pub(super) taken: Vec<String>,
    pub(super) credits_used: i64,
    /// The account's balance after all accepted jobs.
    pub(super) credits_remaining: i64,
    pub(super) of_account: Limit,
    pub(super) of_key: Limit,
}

/// The state of a rate limit after all accepted jobs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limit {
    pub(super) of: RateOf,
    pub(super) rate: Option<i32>,
    pub(super) burst: Option<i32>,
    pub(super) used_s: Option<f64>,
    /// How long a batch, or the first call that was not accepted, has to wait.
    pub(super) wait_s: Option<f64>,
}

impl Limit {
    /// The state before this many of the accepted jobs, which did not have to wait.
    fn before(self, later: usize) -> Option<Rate> {
        let later = u32::try_from(later).unwrap_or(u32::MAX);
        let used_s = self.used_s? - f64::from(later) * 60.0 / f64::from(self.rate?);
        Rate::read(self.of, self.rate, self.burst, Some(used_s), None)
    }

    fn at_end(self) -> Option<Rate> {
        Rate::read(self.of, self.rate, self.burst, self.used_s, self.wait_s)
    }
}

impl Judgement {
    /// Returns the outcome of a batch.
    pub(super) fn of_batch(self, batch: BatchId) -> Result<Inserted, SubmitError> {
        if !self.taken.is_empty() {
            return Ok(Inserted::KeyTaken);
        }
        let rate = self.rate()?;
        let (credits_used, credits_remaining) = (self.credits_used, self.credits_remaining);
        let response = Response { jobs: self.accepted, batch: Some(batch), credits_used, credits_remaining };
        Ok(Inserted::New(response, rate))
    }

    /// Returns the outcomes of calls for one job of this cost each, in their order. Of those with the same idempotency
    /// key, only the first was sent.
    pub(super) fn of_calls(mut self, calls: &[Call<'_>], cost: i32) -> Vec<Result<Inserted, SubmitError>> {
        let mut accepted = std::mem::take(&mut self.accepted).into_iter();
        let judged = calls.iter().map(|call| {
            let key = call.idempotency.map(Idempotency::key);
            if key.is_some_and(|key| self.taken.iter().any(|taken| taken == key)) {
                return Ok(Inserted::KeyTaken);
            }
            let Some(job) = accepted.next() else { return self.refusal() };
            self.taken.extend(key.map(str::to_owned));
            Ok(self.acceptance(job, cost, accepted.len()))
        });
        judged.collect()
    }

    /// Returns the outcome of a call whose job was followed by this many accepted ones.
    fn acceptance(&self, job: JobId, cost: i32, later: usize) -> Inserted {
        let cost = i64::from(cost);
        let credits_remaining = self.credits_remaining + cost * i64::try_from(later).unwrap_or(i64::MAX);
        let response = Response { jobs: vec![job], batch: None, credits_used: cost, credits_remaining };
        Inserted::New(response, Rate::stricter(self.of_account.before(later), self.of_key.before(later)))
    }

    /// Returns the outcome of a call that was not accepted.
    fn refusal(&self) -> Result<Inserted, SubmitError> {
        let rate = self.rate()?;
        let response =
            Response { jobs: Vec::new(), batch: None, credits_used: 0, credits_remaining: self.credits_remaining };
        Ok(Inserted::New(response, rate))
    }

    fn rate(&self) -> Result<Option<Rate>, SubmitError> {
        match Rate::stricter(self.of_account.at_end(), self.of_key.at_end()) {
            _ if self.is_suspended => Err(SubmitError::Suspended),
            Some(rate) if rate.wait_s > 0.0 => Err(SubmitError::RateLimited(rate)),
            rate => Ok(rate),
        }
    }
}
