//! Cancelling: taking back a job that no worker has begun.

use super::ErrorCode;
use crate::id::JobId;
use crate::key::Caller;
use crate::{Db, DbError};

/// What became of a job that was to be cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancelled {
    /// It failed, and was refunded.
    Now,
    /// It was not the caller's, or no longer queued. Nothing was changed.
    NotQueued,
}

/// Cancels one of the caller's jobs if it is still queued, and refunds it.
pub async fn cancel_queued(db: &Db, caller: &Caller, job: JobId, why: &str) -> Result<Cancelled, DbError> {
    let cancelled = sqlx::query_scalar!(
        r#"
        with taken as (
            delete from queue
            where job = $1 and account = $2 and lease is null
            returning queue as entry
        )
        select end_failed(array_agg(entry), $3, $4) as "cancelled!" from taken
        "#,
        job as _,
        caller.account() as _,
        ErrorCode::Cancelled.name(),
        why,
    )
    .fetch_one(db)
    .await?;
    Ok(if cancelled > 0 { Cancelled::Now } else { Cancelled::NotQueued })
}
