//! Submitting: how what was asked becomes jobs, and credits become a debit.
//!
//! One statement locks the account, takes the longest prefix of the batch that its
//! balance pays for, debits it, and writes ledger, job, source and queue. A job that
//! is accepted is therefore paid, and one that is not has left no trace.

use crate::id::{BatchId, JobId};
use crate::job::JobType;
use crate::key::Caller;
use crate::render::Options;
use crate::{Db, DbError};

/// A job that is asked for.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// What to render, and how.
    pub options: Options,
    /// The page itself, where it was sent along.
    pub html: Option<String>,
}

impl NewJob {
    /// What it costs, in credits.
    pub fn cost(&self) -> i32 {
        1
    }
}

/// A job that was accepted.
#[derive(Debug)]
pub struct Submitted {
    /// By which it is asked after.
    pub job: JobId,
    /// What was debited.
    pub credits_used: i64,
    /// What the account has left.
    pub credits_remaining: i64,
}

/// What became of a batch.
#[derive(Debug)]
pub struct Batch {
    /// By which they belong together.
    pub id: BatchId,
    /// The jobs accepted: the first so many of those asked for. The rest is unpaid.
    pub jobs: Vec<JobId>,
    /// What was debited.
    pub credits_used: i64,
    /// What the account has left.
    pub credits_remaining: i64,
}

/// Why nothing was submitted.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// Nothing was debited. Buy credits.
    #[error("the account's credits do not pay for this job")]
    Unpaid,
    /// Nothing was debited. Ask the operator.
    #[error("the account is suspended")]
    Suspended,
    /// The database did not answer. Look at the balance before trying again.
    #[error("the database did not answer")]
    Db(#[from] DbError),
}

/// Submits one job: all or nothing.
pub async fn submit(db: &Db, caller: &Caller, job: &NewJob) -> Result<Submitted, SubmitError> {
    let prefix = enqueue(db, caller, None, std::slice::from_ref(job)).await?;
    let job = prefix.jobs.first().copied().ok_or(SubmitError::Unpaid)?;
    Ok(Submitted { job, credits_used: prefix.credits_used, credits_remaining: prefix.credits_remaining })
}

/// Submits as many jobs as the account's credits pay for, in order.
pub async fn submit_batch(db: &Db, caller: &Caller, jobs: &[NewJob]) -> Result<Batch, SubmitError> {
    let id = BatchId::new();
    let Prefix { jobs, credits_used, credits_remaining } = enqueue(db, caller, Some(id), jobs).await?;
    Ok(Batch { id, jobs, credits_used, credits_remaining })
}

/// The part of a batch that was paid for.
struct Prefix {
    jobs: Vec<JobId>,
    credits_used: i64,
    credits_remaining: i64,
}

async fn enqueue(db: &Db, caller: &Caller, batch: Option<BatchId>, jobs: &[NewJob]) -> Result<Prefix, SubmitError> {
    let ids: Vec<JobId> = jobs.iter().map(|_| JobId::new()).collect();
    let types: Vec<JobType> = jobs.iter().map(|job| JobType::from(&job.options.output)).collect();
    let options: Vec<_> = jobs.iter().map(|job| sqlx::types::Json(&job.options)).collect();
    let sources: Vec<_> = jobs.iter().map(|job| job.html.as_ref().map(String::as_bytes)).collect();
    let costs: Vec<i32> = jobs.iter().map(NewJob::cost).collect();
    let row = sqlx::query!(
        r#"
        with held as materialized (
            select id, balance, suspended_at
            from account
            where id = $1
            for update
        ), asked as (
            select job, type, options, html, cost, position, sum(cost) over (order by position) as total
            from unnest($4::uuid[], $5::job_type[], $6::jsonb[], $7::bytea[], $8::integer[])
                with ordinality as asked (job, type, options, html, cost, position)
        ), paid as materialized (
            select job, type, options, html, cost, position
            from asked, held
            where total <= held.balance and held.suspended_at is null
        ), debited as (
            update account
            set balance = account.balance - spent.credits
            from held, (select coalesce(sum(cost), 0)::bigint as credits from paid) as spent
            where account.id = held.id and spent.credits > 0
            returning spent.credits as credits
        ), noted as (
            insert into ledger (account, job, kind, amount)
            select $1, job, 'debit', -cost from paid
        ), kept as (
            insert into source (slot, job, html)
            select ring_slot(now()), job, html from paid where html is not null
        ), recorded as (
            insert into job (id, account, key, batch, type, options, cost, source_slot)
            select job, $1, $2, $3, type, options, cost, case when html is not null then ring_slot(now()) end
            from paid
        ), queued as (
            insert into queue (job, account, cost, fair_tag)
            select job, $1, cost, next_fair_tag() + position from paid
        )
        select
            held.suspended_at is not null as "suspended!",
            (select count(*) from paid) as "accepted!",
            coalesce((select credits from debited), 0) as "credits_used!",
            held.balance - coalesce((select credits from debited), 0) as "credits_remaining!"
        from held
        "#,
        caller.account() as _,
        caller.key() as _,
        batch as _,
        &ids as _,
        &types as _,
        &options as _,
        &sources as _,
        &costs,
    )
    .fetch_one(db)
    .await?;
    if row.suspended {
        return Err(SubmitError::Suspended);
    }
    let accepted = usize::try_from(row.accepted).unwrap_or(0);
    Ok(Prefix {
        jobs: ids.into_iter().take(accepted).collect(),
        credits_used: row.credits_used,
        credits_remaining: row.credits_remaining,
    })
}
