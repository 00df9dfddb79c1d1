//! Cancelling: taking back a job that has not ended.

use super::ErrorCode;
use crate::id::JobId;
use crate::idempotency::Idempotency;
use crate::key::Caller;
use crate::{Db, DbError};

/// Cancels one of the caller's jobs, queued or being rendered, and refunds it. Its worker
/// learns of it by its next beat. `false`: it is not the caller's, or has ended.
pub async fn cancel(db: &Db, caller: &Caller, job: JobId) -> Result<bool, DbError> {
    let account = caller.account();
    #[cfg(feature = "mutant-owner")]
    let account = crate::mutant::owner(db, job, account).await;
    let cancelled = sqlx::query_scalar!(
        r#"
        with taken as (
            delete from queue
            where job = $1 and account = $2
            returning queue as entry
        )
        select end_failed(array_agg(entry), $3, $4) as "cancelled!" from taken
        "#,
        job as _,
        account as _,
        ErrorCode::Cancelled.name(),
        "the job was cancelled by its account",
    )
    .fetch_one(db)
    .await?;
    Ok(cancelled > 0)
}

/// Takes back one of the caller's jobs that no worker has begun, because its call will wait
/// no longer, and refunds it. The call may then be sent again with the same key. `false`:
/// it is not the caller's, was begun before, or has ended.
pub async fn withdraw(
    db: &Db,
    caller: &Caller,
    job: JobId,
    once: Option<&Idempotency>,
    why: &str,
) -> Result<bool, DbError> {
    let withdrawn = sqlx::query_scalar!(
        r#"
        with taken as (
            delete from queue
            where job = $1 and account = $2 and lease is null and attempt = 0
            returning queue as entry
        ), forgotten as (
            delete from idempotency
            where account = $2 and key = $5 and jobs = array[$1] and exists (select from taken)
        )
        select end_failed(array_agg(entry), $3, $4) as "withdrawn!" from taken
        "#,
        job as _,
        caller.account() as _,
        ErrorCode::Cancelled.name(),
        why,
        once.map(Idempotency::key),
    )
    .fetch_one(db)
    .await?;
    Ok(withdrawn > 0)
}
