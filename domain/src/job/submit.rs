//! Submitting: how what was asked becomes jobs, and credits become a debit.
//!
//! One statement locks the account, asks its rate, takes the longest prefix of the batch
//! that its balance pays for, debits it, and writes ledger, job, source, queue and the
//! answer that is owed to whoever repeats the call. A job that is accepted is therefore
//! paid, and one that is not has left no trace.

use std::time::Duration;

use crate::account::Rate;
use crate::id::{BatchId, JobId};
use crate::idempotency::{self, Answer, Idempotency, RecallError};
use crate::job::{GRACE, JobType, Lane};
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
    /// Where it stands in line.
    pub lane: Lane,
}

impl NewJob {
    /// What it costs, in credits.
    pub fn cost(&self) -> i32 {
        1
    }

    /// How long a lease of it lasts.
    pub fn term(&self) -> Duration {
        self.options.budget() + GRACE
    }
}

/// A job that was accepted.
#[derive(Debug)]
pub struct Submitted {
    /// By which it is asked after.
    pub job: JobId,
    /// What was debited.
    pub credits_used: i64,
    /// What the account had left.
    pub credits_remaining: i64,
    /// How much more may be submitted now, where there is a limit.
    pub rate: Option<Rate>,
    /// Whether an earlier call with the same key did this, and this one nothing.
    pub replayed: bool,
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
    /// What the account had left.
    pub credits_remaining: i64,
    /// How much more may be submitted now, where there is a limit.
    pub rate: Option<Rate>,
    /// Whether an earlier call with the same key did this, and this one nothing.
    pub replayed: bool,
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
    /// Nothing was debited. Try again when the rate allows for it.
    #[error("the account submits faster than it may")]
    Limited(Rate),
    /// Nothing was debited. Use another key for another call.
    #[error("this idempotency key was used for another call")]
    KeyReused,
    /// The database did not answer. Send the call again, with the same key; without one,
    /// look at the balance before.
    #[error("the database did not answer")]
    Db(#[from] DbError),
}

impl From<RecallError> for SubmitError {
    fn from(error: RecallError) -> Self {
        match error {
            RecallError::Reused => Self::KeyReused,
            RecallError::Db(error) => Self::Db(error),
        }
    }
}

/// Submits one job: all or nothing, and once per idempotency key.
pub async fn submit(
    db: &Db,
    caller: &Caller,
    job: &NewJob,
    once: Option<&Idempotency>,
) -> Result<Submitted, SubmitError> {
    let (Answer { jobs, credits_used, credits_remaining, .. }, rate, replayed) =
        enqueue(db, caller, None, std::slice::from_ref(job), once).await?;
    let job = jobs.first().copied().ok_or(SubmitError::Unpaid)?;
    Ok(Submitted { job, credits_used, credits_remaining, rate, replayed })
}

/// What the same call was answered before, whatever it would be answered now.
pub async fn replay(db: &Db, caller: &Caller, once: Option<&Idempotency>) -> Result<Option<Submitted>, SubmitError> {
    let Some(once) = once else { return Ok(None) };
    let Some(answer) = idempotency::recall(db, caller, once).await? else { return Ok(None) };
    let Answer { jobs, credits_used, credits_remaining, .. } = answer;
    let replayed = |&job| Submitted { job, credits_used, credits_remaining, rate: None, replayed: true };
    Ok(jobs.first().map(replayed))
}

/// Submits as many jobs as the account's credits pay for, in order, and once per
/// idempotency key.
pub async fn submit_batch(
    db: &Db,
    caller: &Caller,
    jobs: &[NewJob],
    once: Option<&Idempotency>,
) -> Result<Batch, SubmitError> {
    let id = BatchId::new();
    let (Answer { jobs, batch, credits_used, credits_remaining }, rate, replayed) =
        enqueue(db, caller, Some(id), jobs, once).await?;
    Ok(Batch { id: batch.unwrap_or(id), jobs, credits_used, credits_remaining, rate, replayed })
}

/// Looks whether this was answered before, submits it if not, and looks again where
/// another call with the same key was faster: this statement's snapshot cannot see that one.
async fn enqueue(
    db: &Db,
    caller: &Caller,
    batch: Option<BatchId>,
    jobs: &[NewJob],
    once: Option<&Idempotency>,
) -> Result<(Answer, Option<Rate>, bool), SubmitError> {
    let Some(key) = once else {
        return insert(db, caller, batch, jobs, None).await.map(|(answer, rate)| (answer, rate, false));
    };
    if let Some(answer) = idempotency::recall(db, caller, key).await? {
        return Ok((answer, None, true));
    }
    let mut tries = 3;
    loop {
        let inserted = insert(db, caller, batch, jobs, once).await;
        let raced = match &inserted {
            Ok((answer, _)) => answer.jobs.is_empty(),
            Err(SubmitError::Db(error)) => idempotency::is_taken(error),
            Err(_) => true,
        };
        tries -= 1;
        if raced && let Some(answer) = idempotency::recall(db, caller, key).await? {
            return Ok((answer, None, true));
        }
        match inserted {
            // The faster one was withdrawn meanwhile.
            Err(SubmitError::Db(error)) if idempotency::is_taken(&error) && tries > 0 => {}
            inserted => return inserted.map(|(answer, rate)| (answer, rate, false)),
        }
    }
}

#[expect(clippy::too_many_lines, reason = "it is one statement")]
async fn insert(
    db: &Db,
    caller: &Caller,
    batch: Option<BatchId>,
    jobs: &[NewJob],
    once: Option<&Idempotency>,
) -> Result<(Answer, Option<Rate>), SubmitError> {
    let ids: Vec<JobId> = jobs.iter().map(|_| JobId::new()).collect();
    let types: Vec<JobType> = jobs.iter().map(|job| JobType::from(&job.options.output)).collect();
    let options: Vec<_> = jobs.iter().map(|job| sqlx::types::Json(&job.options)).collect();
    let sources: Vec<_> = jobs.iter().map(|job| job.html.as_ref().map(String::as_bytes)).collect();
    let costs: Vec<i32> = jobs.iter().map(NewJob::cost).collect();
    let lanes: Vec<i16> = jobs.iter().map(|job| job.lane.number()).collect();
    let budgets: Vec<i32> = jobs.iter().map(|job| job.options.timeout_ms.try_into().unwrap_or(i32::MAX)).collect();
    let row = sqlx::query!(
        r#"
        with held as materialized (
            select
                balance,
                suspended_at is not null as suspended,
                greatest(interactive_tag, (select last_value from clock_interactive)) as interactive_tag,
                greatest(bulk_tag, (select last_value from clock_bulk)) as bulk_tag,
                fair_step() / weight as step,
                arrives_at,
                rate,
                burst,
                interval '1 minute' / rate as spacing
            from account
            where id = $1
            for update
        ), clock as materialized (
            select clock_timestamp() as at from held
        ), due as materialized (
            select at, greatest(arrives_at, at) as arrives_at from held, clock
        ), asked as (
            select
                job, type, options, html, cost, lane, budget_ms,
                sum(cost) over (order by position) as total,
                sum(cost) over (partition by lane order by position) as ahead
            from unnest(
                $4::uuid[], $5::job_type[], $6::jsonb[], $7::bytea[], $8::integer[], $9::smallint[], $12::integer[]
            ) with ordinality as asked (job, type, options, html, cost, lane, budget_ms, position)
        ), early as materialized (
            select extract(epoch from due.arrives_at + spacing * (cardinality($4) - burst) - at)::float8 as wait_s
            from held, due
        ), paid as materialized (
            select
                job, type, options, html, cost, lane, budget_ms,
                case lane when 0 then interactive_tag else bulk_tag end + ahead * step as tag
            from asked, held, early
            where total <= held.balance and not held.suspended and early.wait_s > 0 is not true
        ), spent as materialized (
            select
                count(*) as jobs,
                coalesce(sum(cost), 0)::bigint as credits,
                max(tag) filter (where lane = 0) as interactive_tag,
                max(tag) filter (where lane = 1) as bulk_tag
            from paid
        ), debited as (
            update account
            set balance = account.balance - spent.credits,
                interactive_tag = coalesce(spent.interactive_tag, account.interactive_tag),
                bulk_tag = coalesce(spent.bulk_tag, account.bulk_tag),
                arrives_at = due.arrives_at + held.spacing * spent.jobs
            from held, due, spent
            where account.id = $1 and spent.jobs > 0
        ), noted as (
            insert into ledger (account, job, kind, amount)
            select $1, job, 'debit', -cost from paid
        ), ring as materialized (
            select ring_slot(now()) as slot
        ), kept as (
            insert into source (slot, job, html)
            select ring.slot, job, html from paid, ring where html is not null
        ), recorded as (
            insert into job (id, account, key, batch, type, options, cost, source_slot)
            select job, $1, $2, $3, type, options, cost, case when html is not null then (select slot from ring) end
            from paid
        ), queued as (
            insert into queue (job, account, cost, lane, fair_tag, budget_ms)
            select job, $1, cost, lane, tag, budget_ms from paid
        ), owed as (
            insert into idempotency (account, key, fingerprint, jobs, batch, credits_used, credits_remaining)
            select $1, $10::text, $11::bytea, ($4)[:spent.jobs], $3, spent.credits, held.balance - spent.credits
            from held, spent
            where $10 is not null and spent.jobs > 0
        )
        select
            held.suspended as "suspended!",
            spent.jobs as "accepted!",
            spent.credits as "credits_used!",
            held.balance - spent.credits as "credits_remaining!",
            rate,
            burst,
            extract(epoch from due.arrives_at + spacing * spent.jobs - at)::float8 as used_s,
            greatest(early.wait_s, 0) as wait_s
        from held, due, spent, early
        "#,
        caller.account() as _,
        caller.key() as _,
        batch as _,
        &ids as _,
        &types as _,
        &options as _,
        &sources as _,
        &costs,
        &lanes,
        once.map(Idempotency::key),
        once.map(Idempotency::fingerprint),
        &budgets,
    )
    .fetch_one(db)
    .await?;
    let rate = Rate::read(row.rate, row.burst, row.used_s, row.wait_s);
    match rate {
        _ if row.suspended => return Err(SubmitError::Suspended),
        Some(rate) if rate.wait_s > 0.0 => return Err(SubmitError::Limited(rate)),
        _ => {}
    }
    let accepted = usize::try_from(row.accepted).unwrap_or(0);
    let (credits_used, credits_remaining) = (row.credits_used, row.credits_remaining);
    let jobs = ids.into_iter().take(accepted).collect();
    Ok((Answer { jobs, batch, credits_used, credits_remaining }, rate))
}
