//! The statement that submits.

use std::collections::HashMap;

use super::call::Call;
use super::judgement::{Judgement, Limit};
use crate::account::RateOf;
use crate::id::{BatchId, JobId};
use crate::idempotency::Idempotency;
use crate::job::announce::announce_submitted;
use crate::job::metrics::{Verb, known};
use crate::job::new_job::NewJob;
use crate::options::JobType;
use crate::secret::mark;
use crate::{Db, DbError};

/// Submits the jobs of calls with one API key. A batch is one call; without, each job is a call of its own, and
/// all jobs cost the same: then the calls that are accepted are those that would be if they came one by one.
#[expect(clippy::too_many_lines, reason = "it is one statement")]
pub(super) async fn insert(
    db: &Db,
    batch: Option<BatchId>,
    calls: &[Call<'_>],
    jobs: &[&NewJob],
) -> Result<Judgement, DbError> {
    let caller = calls.first().ok_or(DbError::RowNotFound)?.caller;
    let keys: Vec<_> = calls.iter().map(|call| call.idempotency.map(Idempotency::key)).collect();
    let fingerprints: Vec<_> = calls.iter().map(|call| call.idempotency.map(Idempotency::fingerprint)).collect();
    let request_ids: Vec<_> = calls.iter().map(|call| call.caller.request().request_id.as_deref()).collect();
    let traceparents: Vec<_> = calls.iter().map(|call| call.caller.request().traceparent.as_deref()).collect();
    let ids: Vec<JobId> = jobs.iter().map(|_| JobId::new()).collect();
    let types: Vec<JobType> = jobs.iter().map(|job| JobType::from(&job.options.output)).collect();
    let options: Vec<_> = jobs.iter().map(|job| mark(&job.stored_options(), !job.secrets.is_empty())).collect();
    let sources: Vec<_> = jobs.iter().map(|job| job.html().map(str::as_bytes)).collect();
    let _permit = db.permit_for(sources.iter().flatten().map(|html| html.len()).sum()).await?;
    let costs: Vec<i32> = jobs.iter().map(|job| job.cost()).collect();
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
        ), taken_key as materialized (
            select distinct key
            from unnest($10::text[]) as call (key)
            -- A subquery, so that only these keys are looked up, not all of the account.
            where (select true from idempotency where account = $1 and idempotency.key = call.key)
        ), requested as (
            select
                position, call, job, type, options, html, cost, lane, timeout_ms, reference, secret_key, nonce, sealed,
                sum(cost) over (order by position) as total,
                sum(cost) over (partition by lane order by position) as ahead,
                -- The jobs that its rate must allow: those of a batch all together.
                case when $3::uuid is null then row_number() over (order by position) else cardinality($4) end as arrivals
            from unnest(
                $4::uuid[], $5::job_type[], $6::jsonb[], $7::bytea[], $8::integer[], $9::smallint[], $12::integer[],
                $13::text[], $14::text[], $15::bytea[], $16::bytea[]
            ) with ordinality as requested (
                job, type, options, html, cost, lane, timeout_ms, reference, secret_key, nonce, sealed, position
            )
            cross join lateral (select case when $3::uuid is null then position::integer else 1 end as call) as call
            where (($10::text[])[call] = any(array(select key from taken_key))) is not true
        ), affordable as materialized (
            select
                position, call, job, type, options, html, cost, lane, timeout_ms, reference, secret_key, nonce, sealed,
                total,
                case lane when 0 then interactive_tag else bulk_tag end + ahead * step as tag
            from requested, locked_account, arrival
            where total <= locked_account.balance
                and not locked_account.suspended
                and (arrival.arrives_at + spacing * (arrivals - burst) > at) is not true
                and (key_arrives_at + key_spacing * (arrivals - key_burst) > at) is not true
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
                sealed is not null, ($17::text[])[call], ($18::text[])[call]
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
                $1, ($10::text[])[call], ($11::bytea[])[call], array_agg(job order by position), $3, sum(cost),
                min(locked_account.balance - total)
            from affordable, locked_account
            where ($10::text[])[call] is not null
            group by call
        ), rate_wait as materialized (
            -- Of a batch, or of the first call that was not accepted.
            select
                extract(epoch from arrival.arrives_at + spacing * (arrivals - burst) - at)::float8 as seconds,
                extract(epoch from key_arrives_at + key_spacing * (arrivals - key_burst) - at)::float8 as key_seconds
            from locked_account, arrival, debit
            cross join lateral (
                select case when $3::uuid is null then debit.jobs + 1 else cardinality($4) end as arrivals
            ) as arrivals
        )
        select
            locked_account.suspended as "suspended!",
            array(select job from affordable order by position) as "accepted!: Vec<JobId>",
            array(select key from taken_key) as "taken!",
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
        &keys as _,
        &fingerprints as _,
        &timeouts,
        &references as _,
        &secret_keys as _,
        &nonces as _,
        &secrets as _,
        &request_ids as _,
        &traceparents as _,
        calls.iter().any(|call| call.caller.has_rate()),
    );
    let row = known(Verb::Submit, row.fetch_one(db).await)?;
    let sent: HashMap<JobId, &NewJob> = ids.iter().copied().zip(jobs.iter().copied()).collect();
    let accepted: Vec<&NewJob> = row.accepted.iter().filter_map(|id| sent.get(id).copied()).collect();
    announce_submitted(db, caller.account(), &accepted, row.credits_used);
    Ok(Judgement {
        is_suspended: row.suspended,
        accepted: row.accepted,
        taken: row.taken,
        credits_used: row.credits_used,
        credits_remaining: row.credits_remaining,
        of_account: Limit {
            of: RateOf::Account,
            rate: row.rate,
            burst: row.burst,
            used_s: row.used_s,
            wait_s: row.wait_s,
        },
        of_key: Limit {
            of: RateOf::Key,
            rate: row.key_rate,
            burst: row.key_burst,
            used_s: row.key_used_s,
            wait_s: row.key_wait_s,
        },
    })
}
