//! The audit: checks the invariants of the database.
//!
//! Each check is one statement, so it sees one snapshot and can run on a live system. A
//! statement covers one day of jobs, a page of accounts, or a day of idempotency keys; only
//! the sums of the ledger read all of history. Those sums are a weak check, because a wrong
//! refund also changes the balance; the strong one is that each job is debited exactly once,
//! and refunded exactly once if and only if it failed.
//!
//! Rows of another table are looked up one by one, in a lateral subquery with `limit 1`, or found by a full join, which
//! is never a nested loop. A generic plan expects few rows between any two ids: an ordinary join compared each of 13,000
//! results with each of 13,000 jobs, which took 12 s.

mod day;
mod job;
mod money;
mod secret;
mod stored;

pub use day::MAX_ROWS;

use day::Day;

use std::time::Duration;

use metrics::{counter, describe_counter, describe_gauge, gauge};
use serde::Serialize;

use crate::id::WorkerId;
use crate::{Db, DbError};

const VIOLATIONS: &str = "tintype_invariant_violations";
const AUDITS: &str = "tintype_audits_total";

/// Describes the metrics of the audit.
pub(crate) fn describe() {
    describe_gauge!(
        VIOLATIONS,
        "Rows that violate an invariant, as the last audit by this process found. 0 elsewhere."
    );
    describe_counter!(AUDITS, "Audits of the last hours, by outcome: one worker runs one every hour.");
    gauge!(VIOLATIONS).set(0.0);
    for outcome in ["complete", "failed"] {
        counter!(AUDITS, "outcome" => outcome).increment(0);
    }
}

/// A row that violates an invariant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The invariant.
    pub invariant: &'static str,
    /// The row, described for people.
    pub row: String,
}

/// An invariant, and the rows that violate it.
type Check = (&'static str, Vec<String>);

/// Checks every invariant and returns the rows that violate one. No job may be unfinished for
/// longer than `max_age`. Of days whose jobs have been dropped, only the ledger is checked.
pub async fn audit(db: &Db, max_age: Duration) -> Result<Vec<Violation>, DbError> {
    let mut checks = vec![
        ("the constraints of the schema exist", missing_constraints(db).await?),
        ("an account's balance is the sum of its ledger", money::unbalanced(db).await?),
        ("no job is unfinished for longer than the limit", job::too_old(db, max_age).await?),
        ("an expired result is deleted within a bucket's width", stored::unswept(db).await?),
        ("an idempotency key refers to jobs of its own account", stored::misowned_keys(db).await?),
    ];
    for day in day::days(db).await? {
        checks.extend(of_jobs(db, day).await?);
    }
    Ok(violations(checks))
}

/// Checks the jobs that were submitted since a job may be unfinished, and records in metrics
/// whether they violate an invariant. Returns `None` if it is up to another worker: the one
/// that registered first.
///
/// It reads the rows of these jobs only, by their ids, so it can run every hour.
pub async fn recent(db: &Db, worker: WorkerId, max_age: Duration) -> Result<Option<Vec<Violation>>, DbError> {
    let found = check_recent(db, worker, max_age).await;
    match &found {
        Ok(Some(violations)) => {
            counter!(AUDITS, "outcome" => "complete").increment(1);
            gauge!(VIOLATIONS).set(f64::from(u32::try_from(violations.len()).unwrap_or(u32::MAX)));
        }
        Ok(None) => gauge!(VIOLATIONS).set(0.0),
        Err(_) => counter!(AUDITS, "outcome" => "failed").increment(1),
    }
    found
}

async fn check_recent(db: &Db, worker: WorkerId, max_age: Duration) -> Result<Option<Vec<Violation>>, DbError> {
    let Some(day) = day::recent(db, worker, max_age).await? else { return Ok(None) };
    let mut checks = vec![
        ("the constraints of the schema exist", missing_constraints(db).await?),
        ("no job is unfinished for longer than the limit", job::too_old(db, max_age).await?),
    ];
    checks.extend(of_jobs(db, day).await?);
    Ok(Some(violations(checks)))
}

async fn of_jobs(db: &Db, day: Day) -> Result<[Check; 9], DbError> {
    Ok([
        ("a job is in the queue or has ended, never both", job::in_two_places(db, day).await?),
        ("a failed job has its failure, and no other job has one", job::without_failure(db, day).await?),
        ("a job is debited exactly once, by its cost and on its account", money::misdebited(db, day).await?),
        ("a job is refunded exactly once if it failed, and never otherwise", money::misrefunded(db, day).await?),
        ("a completed job has the result of its lease until it expires", stored::without_result(db, day).await?),
        ("a result belongs to a completed job of the same account", stored::without_job(db, day).await?),
        ("a job that has ended has no secrets", secret::of_ended_jobs(db, day).await?),
        ("an unfinished job that was submitted with secrets has them", secret::missing(db, day).await?),
        ("an unfinished job with html has its source", stored::without_source(db, day).await?),
    ])
}

fn violations(checks: Vec<Check>) -> Vec<Violation> {
    let rows = |(invariant, rows): Check| rows.into_iter().map(move |row| Violation { invariant, row });
    checks.into_iter().flat_map(rows).collect()
}

/// Constraints that no check can replace.
async fn missing_constraints(db: &Db) -> Result<Vec<String>, DbError> {
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
        ) as required (owner, name)
        where not exists (
            select from pg_constraint
            where conname = name and conrelid = to_regclass(owner) and convalidated
        )
        "#
    )
    .fetch_all(db)
    .await
}
