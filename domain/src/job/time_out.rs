//! Timing out: jobs that no worker rendered for hours fail.

use std::time::Duration;

use sqlx::types::Json;

use super::announce::announce_failed;
use super::ended::FailedJob;
use super::error_code::ErrorCode;
use super::metrics::{Verb, known};
use crate::db::interval;
use crate::{Db, DbError};

/// How many hours a job may be unfinished, unless the operator says otherwise.
pub const DEFAULT_MAX_AGE_HOURS: u16 = 6;

/// The same, as a duration.
pub const DEFAULT_MAX_AGE: Duration = Duration::from_hours(DEFAULT_MAX_AGE_HOURS as u64);

/// Fails and refunds jobs that are older than `max_age` and that no worker holds, at most 500
/// per call, and returns their number. Any number of workers may call it at once.
///
/// Ids sort by the clock of the process that submitted them. They only narrow the search, by
/// a margin of one hour: Postgres decides how old a job is.
pub async fn time_out(db: &Db, max_age: Duration) -> Result<i64, DbError> {
    let row = sqlx::query!(
        r#"
        with old as materialized (
            select job from queue
            where job < uuid_at(now() - $1::interval + interval '1 hour')
                and created_at < now() - $1::interval
                and lease is null
            order by job
            limit 500
            for update skip locked
        ), deleted as (
            delete from queue
            where job = any(array(select job from old)) and lease is null
            returning queue as entry
        )
        select
            end_failed(array_agg(entry), $2, $3) as "failed!",
            describe_ended(array_agg(entry)) as "ended!: Json<Vec<FailedJob>>"
        from deleted
        "#,
        interval(max_age),
        ErrorCode::QueueTimeout.name(),
        "Timeout: no worker rendered this job in time",
    );
    let row = known(Verb::TimeOut, row.fetch_one(db).await)?;
    announce_failed(db, &ErrorCode::QueueTimeout, &row.ended.0);
    Ok(row.failed)
}
