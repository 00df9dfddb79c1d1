//! The audit: what must hold at every moment, asked of the database itself.
//!
//! Each invariant is one statement, so each sees one snapshot and may run on a live
//! system. The sum of the ledger alone is a weak check: a wrong refund balances it. What
//! catches it is that each job is debited once, and refunded if and only if it failed.

use serde::Serialize;

use crate::{Db, DbError};

/// A row that breaks an invariant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Broken {
    /// What should hold.
    pub invariant: &'static str,
    /// The row that breaks it.
    pub row: String,
}

/// How many rows are named per invariant.
pub const NAMED: i64 = 20;

/// Checks every invariant and names the rows that break one. None: all hold.
pub async fn audit(db: &Db) -> Result<Vec<Broken>, DbError> {
    let findings = [
        ("an account's balance is the sum of its ledger", unbalanced(db).await?),
        ("a job is in the queue or has ended, never both", in_two_places(db).await?),
        ("a job is debited exactly once, by its cost and on its account", misdebited(db).await?),
        ("a job is refunded exactly once if it failed, and never otherwise", misrefunded(db).await?),
        ("a completed job has the result of its lease until that expires", without_result(db).await?),
        ("a result belongs to a completed job of the same account", without_job(db).await?),
        ("an unfinished job that was sent as html has its source", without_source(db).await?),
    ];
    let broken =
        |(invariant, rows): (&'static str, Vec<String>)| rows.into_iter().map(move |row| Broken { invariant, row });
    Ok(findings.into_iter().flat_map(broken).collect())
}

async fn unbalanced(db: &Db) -> Result<Vec<String>, DbError> {
    sqlx::query_scalar!(
        r#"
        select format('account %s: balance %s, ledger %s', account.id, balance, coalesce(moved, 0)) as "row!"
        from account
        left join (select account, sum(amount) as moved from ledger group by account) as total
            on total.account = account.id
        where balance <> coalesce(moved, 0)
        limit $1
        "#,
        NAMED,
    )
    .fetch_all(db)
    .await
}

async fn in_two_places(db: &Db) -> Result<Vec<String>, DbError> {
    sqlx::query_scalar!(
        r#"
        select format(
            'job %s: %s, %s',
            coalesce(job.id, queue.job),
            coalesce(job.state::text, case when job.id is null then 'unknown' else 'unfinished' end),
            case when queue.job is null then 'not in the queue' else 'in the queue' end
        ) as "row!"
        from job
        full join queue on queue.job = job.id
        where job.id is null
            or (job.state is null) <> (queue.job is not null)
            or (queue.job is not null and (queue.account <> job.account or queue.cost <> job.cost))
        limit $1
        "#,
        NAMED,
    )
    .fetch_all(db)
    .await
}

async fn misdebited(db: &Db) -> Result<Vec<String>, DbError> {
    sqlx::query_scalar!(
        r#"
        select format('job %s: cost %s, debit %s', coalesce(job.id, debit.job), job.cost, debit.amount) as "row!"
        from job
        full join (select job, account, amount from ledger where kind = 'debit') as debit on debit.job = job.id
        where job.id is null
            or debit.job is null
            or debit.amount <> -job.cost
            or debit.account <> job.account
        limit $1
        "#,
        NAMED,
    )
    .fetch_all(db)
    .await
}

async fn misrefunded(db: &Db) -> Result<Vec<String>, DbError> {
    sqlx::query_scalar!(
        r#"
        select format(
            'job %s: %s, refund %s', coalesce(job.id, refund.job), coalesce(job.state::text, 'unfinished'), refund.amount
        ) as "row!"
        from job
        full join (select job, account, amount from ledger where kind = 'refund') as refund on refund.job = job.id
        where job.id is null
            or (job.state is not distinct from 'failed') <> (refund.job is not null)
            or refund.amount <> job.cost
            or refund.account <> job.account
        limit $1
        "#,
        NAMED,
    )
    .fetch_all(db)
    .await
}

async fn without_result(db: &Db) -> Result<Vec<String>, DbError> {
    sqlx::query_scalar!(
        r#"
        select format('job %s: completed by lease %s, no such result', job.id, job.lease) as "row!"
        from job
        left join result on result.slot = job.slot and result.job = job.id and result.lease = job.lease
        where job.state = 'completed' and job.expires_at > now() and result.job is null
        limit $1
        "#,
        NAMED,
    )
    .fetch_all(db)
    .await
}

async fn without_job(db: &Db) -> Result<Vec<String>, DbError> {
    sqlx::query_scalar!(
        r#"
        select format('result of job %s: lease %s, account %s', result.job, result.lease, result.account) as "row!"
        from result
        left join job on job.id = result.job
        where job.id is null
            or job.state is distinct from 'completed'
            or job.account <> result.account
            or job.lease <> result.lease
        limit $1
        "#,
        NAMED,
    )
    .fetch_all(db)
    .await
}

async fn without_source(db: &Db) -> Result<Vec<String>, DbError> {
    sqlx::query_scalar!(
        r#"
        select format('job %s: no source in slot %s', job.id, job.source_slot) as "row!"
        from job
        left join source on source.slot = job.source_slot and source.job = job.id
        where job.state is null and job.source_slot is not null and source.job is null
        limit $1
        "#,
        NAMED,
    )
    .fetch_all(db)
    .await
}
