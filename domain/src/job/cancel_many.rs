//! Cancelling jobs of any account, at an operator's request.

use sqlx::types::Json;

use super::announce::announce_failed;
use super::ended::FailedJob;
use super::error_code::ErrorCode;
use super::metrics::{Verb, known};
use crate::event::Actor;
use crate::id::JobId;
use crate::{Db, DbError};

/// Cancels unfinished jobs, queued or processing, and refunds them. Returns how many: the others have ended. Workers
/// learn of it by their next beat.
pub async fn cancel_many(db: &Db, actor: &Actor, jobs: &[JobId]) -> Result<i64, DbError> {
    let row = sqlx::query!(
        r#"
        with locked as materialized (
            select job from queue where job = any($1) order by job for update
        ), deleted as (
            delete from queue
            where job = any(array(select job from locked))
            returning queue as entry, job, account, cost
        ), new_event as (
            insert into event (kind, job, account, actor, reason, message)
            select 'job.cancelled', job, account, $4, $5, format('%s credits refunded', cost) from deleted
        )
        select
            end_failed(array_agg(entry), $2, $3) as "changed!",
            describe_ended(array_agg(entry)) as "ended!: Json<Vec<FailedJob>>"
        from deleted
        "#,
        jobs as _,
        ErrorCode::Cancelled.name(),
        "the job was cancelled by an operator",
        actor.name,
        actor.reason,
    );
    let row = known(Verb::Cancel, row.fetch_one(db).await)?;
    announce_failed(db, &ErrorCode::Cancelled, &row.ended.0);
    Ok(row.changed)
}
