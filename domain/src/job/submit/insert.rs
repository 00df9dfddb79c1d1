//! The statement that submits.

use super::error::SubmitError;
use crate::Db;
use crate::account::{Rate, RateOf};
use crate::id::{BatchId, JobId};
use crate::idempotency::{Idempotency, Response};
use crate::job::announce::announce_submitted;
use crate::job::metrics::{Verb, known};
use crate::job::new_job::NewJob;
use crate::key::Caller;
use crate::options::JobType;
use crate::secret::mark;

#[expect(clippy::too_many_lines, reason = "it is one statement")]
pub(super) async fn insert(
    db: &Db,
    caller: &Caller,
    batch: Option<BatchId>,
    jobs: &[NewJob],
    idempotency: Option<&Idempotency>,
) -> Result<(Response, Option<Rate>), SubmitError> {
    let ids: Vec<JobId> = jobs.iter().map(|_| JobId::new()).collect();
    let types: Vec<JobType> = jobs.iter().map(|job| JobType::from(&job.options.output)).collect();
    let options: Vec<_> = jobs.iter().map(|job| mark(&job.stored_options(), !job.secrets.is_empty())).collect();
    let sources: Vec<_> = jobs.iter().map(|job| job.html().map(str::as_bytes)).collect();
    let _permit = db.permit_for(sources.iter().flatten().map(|html| html.len()).sum()).await?;
    let costs: Vec<i32> = jobs.iter().map(NewJob::cost).collect();
    let lanes: Vec<i16> = jobs.iter().map(|job| job.lane.number()).collect();
    let references: Vec<_> = jobs.iter().map(|job| job.reference.as_deref()).collect();
    let sealed: Vec<_> = ids.iter().zip(jobs).map(|(&id, job)| job.secrets.seal(caller.account(), id)).collect();
    let sealed: Vec<_> = sealed.iter().map(Option::as_ref).collect();
    let secret_keys: Vec<_> = sealed.iter().map(|sealed| sealed.map(|sealed| sealed.key_id.as_str())).collect();
    let nonces: Vec<_> = sealed.iter().map(|sealed| sealed.map(|sealed| sealed.nonce.as_slice())).collect();
    let secrets: Vec<_> = sealed.iter().map(|sealed| sealed.map(|sealed| sealed.bytes.as_slice())).collect();
    let timeouts: Vec<i32> = jobs.iter().map(|job| job.options.readiness.timeout_ms.cast_signed()).collect();
    let row = sqlx::query!(
        r#"
        with locked_account as materialized (
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
        ), locked_key as materialized (
            select arrives_at, rate, burst, interval '1 minute' / rate as spacing
            from api_key
            -- Accounts are locked first. Keys without a rate are not looked up.
            where $19 and id = $2 and rate is not null and (select count(*) from locked_account) = 1
            for no key update
        ), clock as materialized (
            select clock_timestamp() as at from locked_account left join locked_key on true
        ), arrival as materialized (
            select
                at,
                greatest(locked_account.arrives_at, at) as arrives_at,
                greatest(locked_key.arrives_at, at) as key_arrives_at,
                locked_key.rate as key_rate,
                locked_key.burst as key_burst,
                locked_key.spacing as key_spacing
            from locked_account
            cross join clock
            left join locked_key on true
        ), requested as (
            select
                job, type, options, html, cost, lane, timeout_ms, reference, secret_key, nonce, sealed,
                sum(cost) over (order by position) as total,
                sum(cost) over (partition by lane order by position) as ahead
            from unnest(
                $4::uuid[], $5::job_type[], $6::jsonb[], $7::bytea[], $8::integer[], $9::smallint[], $12::integer[],
                $13::text[], $14::text[], $15::bytea[], $16::bytea[]
            ) with ordinality as requested (
                job, type, options, html, cost, lane, timeout_ms, reference, secret_key, nonce, sealed, position
            )
        ), rate_wait as materialized (
            select
                extract(epoch from arrival.arrives_at + spacing * (cardinality($4) - burst) - at)::float8 as seconds,
                extract(epoch from key_arrives_at + key_spacing * (cardinality($4) - key_burst) - at)::float8
                    as key_seconds
            from locked_account, arrival
        ), affordable as materialized (
            select
                job, type, options, html, cost, lane, timeout_ms, reference, secret_key, nonce, sealed,
                case lane when 0 then interactive_tag else bulk_tag end + ahead * step as tag
            from requested, locked_account, rate_wait
            where total <= locked_account.balance
                and not locked_account.suspended
                and rate_wait.seconds > 0 is not true
                and rate_wait.key_seconds > 0 is not true
        ), debit as materialized (
            select
                count(*) as jobs,
                coalesce(sum(cost), 0)::bigint as credits,
                max(tag) filter (where lane = 0) as interactive_tag,
                max(tag) filter (where lane = 1) as bulk_tag
            from affordable
        ), debited_account as (
            update account
            set balance = account.balance - debit.credits,
                interactive_tag = coalesce(debit.interactive_tag, account.interactive_tag),
                bulk_tag = coalesce(debit.bulk_tag, account.bulk_tag),
                arrives_at = arrival.arrives_at + locked_account.spacing * debit.jobs
            from locked_account, arrival, debit
            where account.id = $1 and debit.jobs > 0
        ), used_key as (
            update api_key
            set arrives_at = arrival.key_arrives_at + arrival.key_spacing * debit.jobs
            from arrival, debit
            where $19 and api_key.id = $2 and arrival.key_rate is not null and debit.jobs > 0
        ), new_ledger as (
            insert into ledger (account, job, kind, amount)
            select $1, job, 'debit', -cost from affordable
        ), source_bucket as materialized (
            select ring_slot(now()) as number
        ), new_source as (
            insert into source (slot, job, html)
            select source_bucket.number, job, html from affordable, source_bucket where html is not null
        ), new_job as (
            insert into job (
                id, account, key, batch, type, options, cost, reference, source_slot, had_secrets, request_id,
                traceparent
            )
            select
                job, $1, $2, $3, type, options, cost, reference,
                case when html is not null then (select number from source_bucket) end,
                sealed is not null, $17::text, $18::text
            from affordable
        ), new_secret as (
            insert into secret (job, account, key_id, nonce, sealed)
            select job, $1, secret_key, nonce, sealed from affordable where sealed is not null
        ), new_queue as (
            insert into queue (job, account, cost, lane, fair_tag, budget_ms)
            select job, $1, cost, lane, tag, timeout_ms from affordable
        ), new_idempotency as (
            insert into idempotency (account, key, fingerprint, jobs, batch, credits_used, credits_remaining)
            select
                $1, $10::text, $11::bytea, ($4)[:debit.jobs], $3, debit.credits, locked_account.balance - debit.credits
            from locked_account, debit
            where $10 is not null and debit.jobs > 0
        )
        select
            locked_account.suspended as "suspended!",
            debit.jobs as "accepted!",
            debit.credits as "credits_used!",
            locked_account.balance - debit.credits as "credits_remaining!",
            rate,
            burst,
            extract(epoch from arrival.arrives_at + spacing * debit.jobs - at)::float8 as used_s,
            greatest(rate_wait.seconds, 0) as wait_s,
            key_rate,
            key_burst,
            extract(epoch from key_arrives_at + key_spacing * debit.jobs - at)::float8 as key_used_s,
            greatest(rate_wait.key_seconds, 0) as key_wait_s
        from locked_account, arrival, debit, rate_wait
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
        idempotency.map(Idempotency::key),
        idempotency.map(Idempotency::fingerprint),
        &timeouts,
        &references as _,
        &secret_keys as _,
        &nonces as _,
        &secrets as _,
        caller.request().request_id,
        caller.request().traceparent,
        caller.has_rate(),
    );
    let row = known(Verb::Submit, row.fetch_one(db).await)?;
    let of_account = Rate::read(RateOf::Account, row.rate, row.burst, row.used_s, row.wait_s);
    let of_key = Rate::read(RateOf::Key, row.key_rate, row.key_burst, row.key_used_s, row.key_wait_s);
    let rate = Rate::stricter(of_account, of_key);
    match rate {
        _ if row.suspended => return Err(SubmitError::Suspended),
        Some(rate) if rate.wait_s > 0.0 => return Err(SubmitError::RateLimited(rate)),
        _ => {}
    }
    let accepted = usize::try_from(row.accepted).unwrap_or(0);
    announce_submitted(db, caller.account(), jobs.get(..accepted).unwrap_or(jobs), row.credits_used);
    let (credits_used, credits_remaining) = (row.credits_used, row.credits_remaining);
    let jobs = ids.into_iter().take(accepted).collect();
    Ok((Response { jobs, batch, credits_used, credits_remaining }, rate))
}
