//! Resubmitting: failed jobs are submitted again as new ones, at an operator's request.

use serde::Serialize;

use super::announce::announce_resubmitted;
use super::metrics::{Verb, known};
use crate::event::Actor;
use crate::id::{AccountId, JobId};
use crate::{Db, DbError};

/// What became of a request to submit jobs again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Resubmitted {
    /// The new jobs.
    pub jobs: Vec<JobId>,
    /// The credits debited.
    pub credits: i64,
    /// Jobs that are not failed ones, or do not exist.
    pub not_failed: i64,
    /// Jobs whose secrets or html have been deleted.
    pub incomplete: i64,
    /// Jobs of accounts that are suspended, or cannot pay for all of theirs.
    pub unpaid: i64,
}

impl Resubmitted {
    /// Why jobs were left out, and how many; `None` if none were.
    pub fn left_out(&self) -> Option<String> {
        let reasons = [
            (self.not_failed, "not failed, or unknown"),
            (self.incomplete, "secrets or html deleted"),
            (self.unpaid, "account suspended or short of credits"),
        ];
        let reasons = reasons.into_iter().filter(|(jobs, _)| *jobs > 0);
        let reasons: Vec<String> = reasons.map(|(jobs, reason)| format!("{jobs} {reason}")).collect();
        (!reasons.is_empty()).then(|| format!("left out: {}", reasons.join(", ")))
    }
}

/// Submits failed jobs again, as new ones of the same accounts, and debits them. All of an account's jobs are, or none.
///
/// A job's secrets are deleted when it ends, so a job with secrets cannot be submitted again; nor can one whose html
/// has been deleted. The batch stays, so that those who list it find the new jobs. Rate limits do not apply.
///
/// The confirmation is a number that the request has for itself: a request that is repeated with it fails with a unique
/// violation, see [`is_repeated`](crate::event::is_repeated), and changes nothing more.
#[expect(clippy::too_many_lines, reason = "it is one statement")]
pub async fn resubmit(db: &Db, actor: &Actor, jobs: &[JobId], confirmation: i64) -> Result<Resubmitted, DbError> {
    let new: Vec<JobId> = jobs.iter().map(|_| JobId::new()).collect();
    let row = sqlx::query!(
        r#"
        with requested as materialized (
            select distinct on (old) old, new from unnest($1::uuid[], $2::uuid[]) as pair (old, new) order by old
        ), failed as materialized (
            select
                requested.new, job.id, job.account, job.key, job.batch, job.type, job.options, job.cost, job.reference,
                job.had_secrets, job.source_slot,
                case when job.source_slot is not null then source_html(job.source_slot, job.id) end as html
            from requested
            cross join lateral (select * from job where id = requested.old and state = 'failed' offset 0) as job
        ), whole as materialized (
            select
                *,
                case when batch is null then 0 else 1 end::smallint as lane,
                sum(cost) over (partition by account) as total,
                sum(cost) over (partition by account, batch is null order by id) as ahead
            from failed
            where not had_secrets and (source_slot is null or html is not null)
        ), locked_account as materialized (
            select
                id,
                balance,
                greatest(interactive_tag, (select last_value from clock_interactive)) as interactive_tag,
                greatest(bulk_tag, (select last_value from clock_bulk)) as bulk_tag,
                fair_step() / weight as step
            from account
            where id in (select account from whole) and suspended_at is null
            order by id
            for update
        ), affordable as materialized (
            select
                whole.*,
                case lane when 0 then interactive_tag else bulk_tag end + ahead * step as tag,
                coalesce((options #>> '{timeout_ms}')::integer, 30000) as timeout_ms
            from whole
            join locked_account on locked_account.id = whole.account
            where total <= locked_account.balance
        ), debit as materialized (
            select
                account,
                count(*) as jobs,
                sum(cost)::bigint as credits,
                max(tag) filter (where lane = 0) as interactive_tag,
                max(tag) filter (where lane = 1) as bulk_tag
            from affordable
            group by 1
        ), debited_account as (
            update account
            set balance = account.balance - debit.credits,
                interactive_tag = coalesce(debit.interactive_tag, account.interactive_tag),
                bulk_tag = coalesce(debit.bulk_tag, account.bulk_tag)
            from debit
            where account.id = debit.account
        ), new_ledger as (
            insert into ledger (account, job, kind, amount)
            select account, new, 'debit', -cost from affordable
        ), source_bucket as materialized (
            select ring_slot(now()) as number
        ), new_source as (
            insert into source (slot, job, html)
            select number, new, html from affordable, source_bucket where html is not null
        ), new_job as (
            insert into job (id, account, key, batch, type, options, cost, reference, source_slot, had_secrets)
            select
                new, account, key, batch, type, options, cost, reference,
                case when html is not null then (select number from source_bucket) end, false
            from affordable
        ), new_queue as (
            insert into queue (job, account, cost, lane, fair_tag, budget_ms)
            select new, account, cost, lane, tag, timeout_ms from affordable
        ), new_event as (
            insert into event (kind, job, account, actor, reason, message, detail)
            select
                'job.resubmitted', id, account, $3, $4, format('submitted again as %s', new),
                jsonb_build_object('job', new)
            from affordable
        ), request_event as (
            insert into event (kind, actor, reason, message, detail)
            select
                'jobs.resubmitted', $3, $4,
                format('%s of %s jobs', (select count(*) from affordable), cardinality($1)),
                jsonb_build_object('confirmation', $5::bigint)
        )
        select
            array(select new from affordable order by id) as "jobs!: Vec<JobId>",
            (select coalesce(sum(cost), 0)::bigint from affordable) as "credits!",
            array(select account from debit order by account) as "accounts!: Vec<AccountId>",
            array(select jobs from debit order by account) as "jobs_of_accounts!",
            array(select credits from debit order by account) as "credits_of_accounts!",
            cardinality($1) - (select count(*) from failed) as "not_failed!",
            (select count(*) from failed) - (select count(*) from whole) as "incomplete!",
            (select count(*) from whole) - (select count(*) from affordable) as "unpaid!"
        "#,
        jobs as _,
        &new as _,
        actor.name,
        actor.reason,
        confirmation,
    );
    let row = known(Verb::Submit, row.fetch_one(db).await)?;
    for ((account, jobs), credits) in row.accounts.iter().zip(row.jobs_of_accounts).zip(row.credits_of_accounts) {
        announce_resubmitted(db, *account, usize::try_from(jobs).unwrap_or(0), credits);
    }
    Ok(Resubmitted {
        jobs: row.jobs,
        credits: row.credits,
        not_failed: row.not_failed,
        incomplete: row.incomplete,
        unpaid: row.unpaid,
    })
}
