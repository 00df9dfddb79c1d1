//! Timing out: what becomes of jobs that nobody could render for hours.

use std::time::Duration;

use super::ErrorCode;
use crate::schema::interval;
use crate::{Db, DbError};

/// How many hours a job may be unfinished, unless the operator says otherwise.
pub const MAX_AGE_HOURS: u16 = 6;

/// The same, as a duration.
pub const MAX_AGE: Duration = Duration::from_hours(MAX_AGE_HOURS as u64);

/// Fails and refunds jobs that are older than `max_age` and that no worker holds, a bounded
/// number at a time; answers how many. Any worker may do it at any time, several at once.
///
/// Ids sort by the time that their submitter's clock told. They only narrow the search, by
/// an hour more than needed: how old a job is, Postgres knows.
pub async fn time_out(db: &Db, max_age: Duration) -> Result<i64, DbError> {
    sqlx::query_scalar!(
        r#"
        with old as materialized (
            select job from queue
            where job < uuid_at(now() - $1::interval + interval '1 hour')
                and created_at < now() - $1::interval
                and lease is null
            order by job
            limit 500
            for update skip locked
        ), taken as (
            delete from queue
            where job = any(array(select job from old)) and lease is null
            returning queue as entry
        )
        select end_failed(array_agg(entry), $2, $3) as "failed!" from taken
        "#,
        interval(max_age),
        ErrorCode::QueueTimeout.name(),
        "no worker rendered this job before it was too old: Timeout of the queue",
    )
    .fetch_one(db)
    .await
}
