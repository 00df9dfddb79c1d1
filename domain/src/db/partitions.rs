//! Partitions by day: created ahead of time, and dropped with the history that they hold.

use std::time::Duration;

use super::interval;
use crate::{Db, DbError};

/// How long rows of jobs, events, failures and counters are kept.
pub(crate) const HISTORY: Duration = Duration::from_hours(30 * 24);

/// Creates the partitions of today and the next two days, where they are missing.
pub async fn create_partitions(db: &Db) -> Result<(), DbError> {
    sqlx::query!(r#"select stand_job_partitions()::text as "created""#).fetch_one(db).await.map(drop)
}

/// Drops the days that are older than 30 days, with their events and counters, and returns
/// the number of rows deleted one by one: at most 5,000 of each kind per call. A day that is
/// being read is left for the next call.
pub async fn drop_history(db: &Db) -> Result<u64, DbError> {
    sqlx::query!(r#"select drop_job_partitions($1)::text as "dropped""#, interval(HISTORY)).fetch_one(db).await?;
    let jobs = sqlx::query!(
        "delete from job_default
         where id = any(array(
             select id from job_default where id < uuid_at(now() - $1::interval) and state is not null limit 5000
         ))",
        interval(HISTORY),
    );
    let events = sqlx::query!(
        "delete from event
         where id = any(array(select id from event where at < now() - $1::interval order by at limit 5000))",
        interval(HISTORY),
    );
    let minutes = sqlx::query!(
        "delete from stat_minute
         where minute = any(array(select minute from stat_minute where minute < now() - $1::interval limit 5000))",
        interval(HISTORY),
    );
    let deleted = [jobs.execute(db).await?, events.execute(db).await?, minutes.execute(db).await?];
    Ok(deleted.iter().map(sqlx::postgres::PgQueryResult::rows_affected).sum())
}
