//! Calls for one job each, of one API key, as one statement.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use super::call::{Call, Inserted};
use super::error::SubmitError;
use super::insert::insert;
use crate::db::{is_away, repeat, was_rolled_back};
use crate::idempotency::Idempotency;
use crate::job::new_job::NewJob;
use crate::{Db, DbError};

/// How long calls are submitted one by one after they failed together: as long as a statement waits for a connection.
const ONE_BY_ONE_TIMEOUT: Duration = Duration::from_secs(5);

/// A call, and its job.
pub(super) type OneJob<'a> = (Call<'a>, &'a NewJob);

/// Submits the job of one call.
pub(super) async fn insert_one(db: &Db, call: Call<'_>, job: &NewJob) -> Result<Inserted, SubmitError> {
    insert_all(db, &[(call, job)]).await?.pop().unwrap_or(Err(DbError::RowNotFound.into()))
}

/// Submits the jobs of calls, which cost the same, and returns the outcome of each. Where one of them may have failed
/// them all, they are submitted one by one. An error after which they may all have been submitted is that of each.
pub(super) async fn insert_together(db: &Db, calls: &[OneJob<'_>]) -> Vec<Result<Inserted, SubmitError>> {
    match insert_all(db, calls).await {
        Ok(inserted) => inserted,
        Err(error) if calls.len() == 1 => vec![Err(error.into())],
        Err(error) if was_rolled_back(&error) => insert_one_by_one(db, calls).await,
        Err(error) => calls.iter().map(|_| Err(repeat(&error).into())).collect(),
    }
}

/// Sends none any more once the database is away or late.
async fn insert_one_by_one(db: &Db, calls: &[OneJob<'_>]) -> Vec<Result<Inserted, SubmitError>> {
    let (started, mut is_database_away, mut results) = (Instant::now(), false, Vec::new());
    for (call, job) in calls {
        if is_database_away || started.elapsed() > ONE_BY_ONE_TIMEOUT {
            results.push(Err(DbError::PoolTimedOut.into()));
            continue;
        }
        let inserted = insert_one(db, *call, job).await;
        is_database_away = matches!(&inserted, Err(SubmitError::Db(error)) if is_away(error));
        results.push(inserted);
    }
    results
}

/// Sends only the first call with an idempotency key: the table accepts no second one.
async fn insert_all(db: &Db, calls: &[OneJob<'_>]) -> Result<Vec<Result<Inserted, SubmitError>>, DbError> {
    let mut keys = HashSet::new();
    let (sent, jobs): (Vec<_>, Vec<_>) = (calls.iter().copied())
        .filter(|(call, _)| call.idempotency.map(Idempotency::key).is_none_or(|key| keys.insert(key)))
        .unzip();
    let judgement = insert(db, None, &sent, &jobs).await?;
    let calls: Vec<_> = calls.iter().map(|(call, _)| *call).collect();
    Ok(judgement.of_calls(&calls, jobs.first().map_or(0, |job| job.cost())))
}
