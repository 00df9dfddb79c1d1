//! Cancelling: ending a job at its account's request.

use sqlx::types::Json;

use super::announce::announce_failed;
use super::ended::FailedJob;
use super::error_code::ErrorCode;
use super::metrics::{Verb, known};
use crate::id::JobId;
use crate::idempotency::Idempotency;
use crate::key::Caller;
use crate::{Db, DbError};

/// Cancels one of the caller's jobs, queued or processing, and refunds it. Its worker learns
/// of it by its next beat. Returns `false` if the job has ended or is not the caller's.
pub async fn cancel(db: &Db, caller: &Caller, job: JobId) -> Result<bool, DbError> {
    let account = caller.account();
    #[cfg(feature = "mutant-owner")]
    let account = crate::mutant::owner(db, job, account).await;
    let row = sqlx::query!(
        r#"
        with deleted as (
            delete from queue
            where job = $1 and account = $2
            returning queue as entry
        )
        select
            end_failed(array_agg(entry), $3, $4) as "cancelled!",
            describe_ended(array_agg(entry)) as "ended!: Json<Vec<FailedJob>>"
        from deleted
        "#,
        job as _,
        account as _,
        ErrorCode::Cancelled.name(),
        "the job was cancelled by its account",
    );
    let row = known(Verb::Cancel, row.fetch_one(db).await)?;
    announce_failed(db, &ErrorCode::Cancelled, &row.ended.0);
    Ok(row.cancelled > 0)
}

/// Cancels one of the caller's jobs that no worker has started, because its synchronous call
/// gives up, and refunds it. The call may be sent again with the same idempotency key.
/// Returns `false` if the job has started or ended, or is not the caller's.
pub async fn withdraw(
    db: &Db,
    caller: &Caller,
    job: JobId,
    idempotency: Option<&Idempotency>,
    reason: &str,
) -> Result<bool, DbError> {
    let row = sqlx::query!(
        r#"
        with deleted as (
            delete from queue
            where job = $1 and account = $2 and lease is null and attempt = 0
            returning queue as entry
        ), deleted_key as (
            delete from idempotency
            where account = $2 and key = $5 and jobs = array[$1] and exists (select from deleted)
        )
        select
            end_failed(array_agg(entry), $3, $4) as "withdrawn!",
            describe_ended(array_agg(entry)) as "ended!: Json<Vec<FailedJob>>"
        from deleted
        "#,
        job as _,
        caller.account() as _,
        ErrorCode::Cancelled.name(),
        reason,
        idempotency.map(Idempotency::key),
    );
    let row = known(Verb::Withdraw, row.fetch_one(db).await)?;
    announce_failed(db, &ErrorCode::Cancelled, &row.ended.0);
    Ok(row.withdrawn > 0)
}
