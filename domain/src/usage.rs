//! Usage: what an account's jobs cost, by day.

use chrono::{Datelike, NaiveDate};

use crate::key::Caller;
use crate::{Db, DbError};

/// The longest period that is reported at once, in days.
pub const MAX_DAYS: i32 = 366;

/// The period that is reported unless another is chosen, in days.
pub const DEFAULT_DAYS: i32 = 30;

/// The usage of each day of a period.
#[derive(Debug)]
pub struct Usage {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// Every day of the period, in order, also those without jobs.
    pub days: Vec<Day>,
}

/// The usage of one day, in UTC.
#[derive(Debug, PartialEq, Eq)]
pub struct Day {
    /// The day.
    pub date: NaiveDate,
    /// The jobs submitted.
    pub jobs: i64,
    /// The credits debited for them.
    pub credits: i64,
    /// The jobs that failed, whenever they were submitted.
    pub failures: i64,
    /// The credits refunded for them.
    pub refunds: i64,
}

/// Why no usage was returned.
#[derive(Debug, thiserror::Error)]
pub enum UsageError {
    /// Choose another first day.
    #[error("must be from 1970-01-01 to 9999-12-31")]
    FromOutOfCalendar,
    /// Choose another last day.
    #[error("must be from 1970-01-01 to 9999-12-31")]
    ToOutOfCalendar,
    /// Exchange them.
    #[error("must not be after `to`")]
    Reversed,
    /// Ask for less at once.
    #[error("must be at most {} days before `to`", MAX_DAYS - 1)]
    TooLong,
    /// The database did not respond. Try again.
    #[error("the database did not respond")]
    Db(#[from] DbError),
}

/// Returns the caller's usage per day. The period ends today and has [`DEFAULT_DAYS`] days where
/// its ends are not given.
pub async fn usage(
    db: &Db,
    caller: &Caller,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
) -> Result<Usage, UsageError> {
    let is_out_of_calendar = |day: NaiveDate| !(1970..=9999).contains(&day.year());
    if from.is_some_and(is_out_of_calendar) {
        return Err(UsageError::FromOutOfCalendar);
    }
    if to.is_some_and(is_out_of_calendar) {
        return Err(UsageError::ToOutOfCalendar);
    }
    let rows = sqlx::query!(
        r#"
        with chosen as (
            select coalesce($3::date, (now() at time zone 'UTC')::date) as last
        ), period as materialized (
            select coalesce($2::date, last - ($4::integer - 1)) as first, last from chosen
        ), bounds as materialized (
            select
                first,
                last,
                case when last - first between 0 and $5::integer - 1 then last - first else -1 end as days,
                first::timestamp at time zone 'UTC' as begins,
                (first + least(last - first + 1, $5))::timestamp at time zone 'UTC' as ends
            from period
        ), moved as materialized (
            select
                (created_at at time zone 'UTC')::date as day,
                count(*) filter (where kind = 'debit') as jobs,
                -sum(amount) filter (where kind = 'debit') as credits,
                count(*) filter (where kind = 'refund') as failures,
                sum(amount) filter (where kind = 'refund') as refunds
            from ledger
            where account = $1
                and created_at >= (select begins from bounds)
                and created_at < (select ends from bounds)
                and (select days from bounds) >= 0
            group by 1
        )
        select
            first as "first!",
            last as "last!",
            first + number as "date?",
            coalesce(jobs, 0) as "jobs!",
            coalesce(credits, 0)::bigint as "credits!",
            coalesce(failures, 0) as "failures!",
            coalesce(refunds, 0)::bigint as "refunds!"
        from bounds
        left join generate_series(0, days) as number on true
        left join moved on moved.day = first + number
        order by number
        "#,
        caller.account() as _,
        from,
        to,
        DEFAULT_DAYS,
        MAX_DAYS,
    )
    .fetch_all(db)
    .await?;
    let (from, to) = rows.first().map(|row| (row.first, row.last)).unwrap_or_default();
    let days: Vec<_> = rows
        .into_iter()
        .filter_map(|row| {
            let (jobs, credits, failures, refunds) = (row.jobs, row.credits, row.failures, row.refunds);
            row.date.map(|date| Day { date, jobs, credits, failures, refunds })
        })
        .collect();
    if !days.is_empty() {
        return Ok(Usage { from, to, days });
    }
    Err(if from > to { UsageError::Reversed } else { UsageError::TooLong })
}
