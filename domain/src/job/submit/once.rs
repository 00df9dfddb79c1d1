//! Submitting once per idempotency key.

use super::call::{Call, Inserted};
use super::error::SubmitError;
use crate::account::Rate;
use crate::idempotency::{self, Response};
use crate::{Db, DbError};

/// How often a call is tried whose key is taken by one that is then withdrawn, or has expired.
const MAX_TRIES: usize = 3;

/// The outcome of a call.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) response: Response,
    pub(super) rate: Option<Rate>,
    /// Whether an earlier call with the same key submitted it, and this one did nothing.
    pub(super) replayed: bool,
}

/// Looks the key up, and submits if it is new.
pub(super) async fn submit_once<F>(
    db: &Db,
    call: Call<'_>,
    jobs: usize,
    insert: impl Fn() -> F,
) -> Result<Outcome, SubmitError>
where
    F: Future<Output = Result<Inserted, SubmitError>>,
{
    match recall(db, call).await? {
        Some(earlier) => Ok(earlier),
        None => insert_once(db, call, jobs, insert).await,
    }
}

/// Submits this many jobs with `insert`, and counts what the account, its credits or its rate refused in whole or in
/// part. The statement itself finds earlier calls with the same key.
pub(super) async fn insert_once<F>(
    db: &Db,
    call: Call<'_>,
    jobs: usize,
    insert: impl Fn() -> F,
) -> Result<Outcome, SubmitError>
where
    F: Future<Output = Result<Inserted, SubmitError>>,
{
    let outcome = insert_or_look_up(db, call, insert).await;
    let is_refused = match &outcome {
        Ok(outcome) => !outcome.replayed && outcome.response.jobs.len() < jobs,
        Err(SubmitError::Suspended | SubmitError::RateLimited(_)) => true,
        Err(_) => false,
    };
    if is_refused {
        db.counters().counts().refused(call.caller.account());
    }
    outcome
}

/// Looks the key up in another statement if it is taken or nothing was accepted: a concurrent call with the same key may
/// have won, which the snapshot of the losing statement cannot see.
async fn insert_or_look_up<F>(db: &Db, call: Call<'_>, insert: impl Fn() -> F) -> Result<Outcome, SubmitError>
where
    F: Future<Output = Result<Inserted, SubmitError>>,
{
    let mut tries = 0;
    loop {
        tries += 1;
        let inserted = Box::pin(insert()).await;
        let is_taken = match &inserted {
            Ok(inserted) => matches!(inserted, Inserted::KeyTaken),
            Err(SubmitError::Db(error)) => idempotency::is_taken(error),
            Err(_) => false,
        };
        let may_have_lost_a_race = match &inserted {
            Ok(Inserted::New(response, _)) => response.jobs.is_empty(),
            Ok(Inserted::KeyTaken) | Err(SubmitError::Db(_)) => is_taken,
            Err(_) => true,
        };
        if may_have_lost_a_race && let Some(earlier) = recall(db, call).await? {
            return Ok(earlier);
        }
        match inserted {
            // The winner was withdrawn before we looked, or has expired.
            _ if is_taken && tries < MAX_TRIES => {}
            Ok(Inserted::New(response, rate)) => return Ok(Outcome { response, rate, replayed: false }),
            Ok(Inserted::KeyTaken) => return Err(DbError::RowNotFound.into()),
            Err(error) => return Err(error),
        }
    }
}

async fn recall(db: &Db, call: Call<'_>) -> Result<Option<Outcome>, SubmitError> {
    let Some(key) = call.idempotency else { return Ok(None) };
    let earlier = idempotency::recall(db, call.caller, key).await?;
    Ok(earlier.map(|response| Outcome { response, rate: None, replayed: true }))
}
