//! Forgetting: counts and failures that nobody reads any more.

use std::time::Duration;

use crate::db::{HISTORY, interval};
use crate::{Db, DbError};

/// How long the minutes of accounts are kept: they have a row for each account that spends.
const MINUTES_OF_ACCOUNTS: Duration = Duration::from_hours(3 * 24);

/// Deletes the oldest counts and failures that are past their time, and returns the number of rows: at most 5,000 of
/// each kind per call, and 50,000 minutes of accounts. Any number of workers may call it at once.
pub async fn forget(db: &Db) -> Result<i64, DbError> {
    sqlx::query_scalar!(
        r#"
        with failures as (
            delete from failure
            where job = any(array(
                select job from failure where at < now() - $1::interval order by at limit 5000 for update skip locked
            ))
            returning true
        ), outcomes as (
            delete from stat_outcome
            where ctid = any(array(
                select ctid from stat_outcome
                where minute < now() - $1::interval
                order by minute
                limit 5000
                for update skip locked
            ))
            returning true
        ), accounts as (
            delete from stat_account
            where ctid = any(array(
                select ctid from stat_account
                where minute < now() - $2::interval
                order by minute
                limit 50000
                for update skip locked
            ))
            returning true
        ), expiries as (
            delete from stat_expiry where hour < now() - $1::interval returning true
        ), flushes as (
            delete from stat_flush where at < now() - interval '1 day' returning true
        )
        select
            (select count(*) from failures)
            + (select count(*) from outcomes)
            + (select count(*) from accounts)
            + (select count(*) from expiries)
            + (select count(*) from flushes) as "deleted!"
        "#,
        interval(HISTORY),
        interval(MINUTES_OF_ACCOUNTS),
    )
    .fetch_one(db)
    .await
}
