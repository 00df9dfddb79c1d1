//! The audit: what must hold at every moment, asked of the database itself.
//!
//! Each question is one statement, so each sees one snapshot and may run on a live system;
//! and each asks of one day's jobs, of so many accounts, or of a day's keys. Only the sums of
//! the ledger read all of history, some accounts at a time. The sum of the ledger alone is a
//! weak check: a wrong refund balances it. What catches it is that each job is debited once,
//! and refunded if and only if it failed.

mod job;
mod kept;
mod money;

use std::time::Duration;

use serde::Serialize;
use uuid::Uuid;

use crate::{Db, DbError};

/// A row that breaks an invariant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Broken {
    /// What should hold.
    pub invariant: &'static str,
    /// The row that breaks it.
    pub row: String,
}

/// How many rows are named per invariant, and per day or page that it is asked of.
pub const NAMED: i64 = 20;

/// One day's jobs, by their ids.
#[derive(Debug, Clone, Copy)]
struct Day {
    first: Uuid,
    next: Uuid,
}

/// What is found of one invariant.
type Found = (&'static str, Vec<String>);

/// Checks every invariant and names the rows that break one. None: all hold. No job may be
/// unfinished for longer than `max_age`. Of days whose jobs' rows were dropped, only the
/// sums of the ledger are left to check.
pub async fn audit(db: &Db, max_age: Duration) -> Result<Vec<Broken>, DbError> {
    let mut found = vec![
        ("the guards of the schema stand", guards(db).await?),
        ("an account's balance is the sum of its ledger", money::unbalanced(db).await?),
        ("no job is unfinished for longer than the limit", job::too_old(db, max_age).await?),
        ("an expired result is gone soon", kept::unswept(db).await?),
        ("a key that was used names jobs of its account", kept::misowned_keys(db).await?),
    ];
    for day in days(db).await? {
        found.extend([
            ("a job is in the queue or has ended, never both", job::in_two_places(db, day).await?),
            ("a job is debited exactly once, by its cost and on its account", money::misdebited(db, day).await?),
            ("a job is refunded exactly once if it failed, and never otherwise", money::misrefunded(db, day).await?),
            ("a completed job has the result of its lease until that expires", kept::without_result(db, day).await?),
            ("a result belongs to a completed job of the same account", kept::without_job(db, day).await?),
            ("an unfinished job that was sent as html has its source", kept::without_source(db, day).await?),
        ]);
    }
    let broken = |(invariant, rows): Found| rows.into_iter().map(move |row| Broken { invariant, row });
    Ok(found.into_iter().flat_map(broken).collect())
}

/// The days whose jobs have rows; the last one has no end.
async fn days(db: &Db) -> Result<Vec<Day>, DbError> {
    let mut days = sqlx::query_as!(
        Day,
        r#"
        select uuid_at(day) as "first!", uuid_at(day + interval '1 day') as "next!"
        from generate_series(
            greatest(history_begins(), now() - interval '60 days'), now() + interval '2 days', interval '1 day'
        ) as day
        order by day
        "#
    )
    .fetch_all(db)
    .await?;
    if let Some(last) = days.last_mut() {
        last.next = Uuid::max();
    }
    Ok(days)
}

/// Constraints that nothing above can replace: whoever dropped one must put it back.
async fn guards(db: &Db) -> Result<Vec<String>, DbError> {
    sqlx::query_scalar!(
        r#"
        select format('constraint %s is missing on %s', name, owner) as "row!"
        from (values
            ('account', 'balance_never_negative'),
            ('ledger', 'debited_and_refunded_once'),
            ('ledger', 'amount_has_the_sign_of_its_kind'),
            ('job', 'only_ends_are_recorded'),
            ('queue', 'attempts_within_budget'),
            ('queue', 'a_lease_has_a_worker'),
            ('idempotency', 'one_call_per_key')
        ) as guard (owner, name)
        where not exists (
            select from pg_constraint
            where conname = name and conrelid = to_regclass(owner) and convalidated
        )
        "#
    )
    .fetch_all(db)
    .await
}
