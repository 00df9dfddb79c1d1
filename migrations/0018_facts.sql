-- failure, stat_outcome, stat_account, stat_expiry: what operators watch, counted when it happens.
--
-- Nobody counts rows of history to draw a screen, so the process that ends a job, spends a credit or stores
-- a result also counts it. Versions that do not know these tables go on without them: what their workers complete is missing in
-- stat_outcome and stat_expiry, and what fails is not, because end_failed stores it.
--
-- failure has one row per job that failed, for 30 days, as the rows of jobs. It takes the place of a partial index on
-- job: that would contain what the statement that ends a job changes, so no such update could be HOT. For the same
-- reason, no index has an account's balance: stat_account tells who spends how fast.
--
-- A histogram has 24 buckets. The upper bound of bucket n, from 0, is 50 ms × 1.5ⁿ; the last has none.

create table failure (
    job     uuid        primary key,
    at      timestamptz not null default now(),
    type    job_type    not null,
    code    text        not null,
    account uuid        not null,
    worker  uuid
);

-- So that what failed before can be found. It may take a minute; nothing else waits for it.
insert into failure (job, at, type, code, account, worker)
select id, completed_at, type, error_code, account, worker
from job
where state = 'failed' and completed_at > now() - interval '30 days';

create index failure_by_time on failure (at desc) include (type, code, account);
create index failure_of_code on failure (code, job desc);
create index failure_of_account on failure (account, job desc);
create index failure_of_worker on failure (worker, job desc) where worker is not null;

-- Jobs that ended in a minute, by type and error code. Completed ones have the code ''.
create table stat_outcome (
    minute timestamptz not null,
    type   job_type    not null,
    code   text        not null,
    jobs   bigint      not null default 0,
    -- Histograms of milliseconds: from the submission to the start of the last attempt, and from there to the end.
    wait   bigint[]    not null,
    render bigint[]    not null,

    primary key (minute, type, code),
    constraint a_wait_has_24_buckets check (cardinality(wait) = 24),
    constraint a_render_has_24_buckets check (cardinality(render) = 24)
) with (fillfactor = 50);

-- Credits that an account moved in a minute, and submissions that were refused (too few credits, rate, suspended).
create table stat_account (
    minute  timestamptz not null,
    account uuid        not null,
    debits  bigint      not null default 0,
    refunds bigint      not null default 0,
    refused bigint      not null default 0,

    primary key (minute, account)
) with (fillfactor = 50);

create index stat_account_of_account on stat_account (account, minute desc) include (debits, refunds, refused);

-- Results by the hour in which they expire, as they were when they were stored: a change of the retention changes
-- nothing here. Results that were extended or deleted since are counted where they expire now.
create table stat_expiry (
    hour    timestamptz primary key,
    results bigint not null default 0,
    bytes   bigint not null default 0
) with (fillfactor = 50);

-- The last flush of each process. A flush whose response was lost is sent again under the same number, and counts once.
create table stat_flush (
    process uuid        primary key,
    number  bigint      not null,
    at      timestamptz not null default now()
) with (fillfactor = 50);

-- Adds the counts of two histograms.
create function add_counts(a bigint[], b bigint[]) returns bigint[] language sql immutable strict as $$
    select array_agg(x + y order by at) from unnest(a, b) with ordinality as counts (x, y, at)
$$;

-- What is counted of jobs that end without a result: the verbs that end them return it.
create function describe_ended(ended queue[]) returns jsonb language plpgsql stable as $$
begin
    return (
        select coalesce(jsonb_agg(jsonb_build_object(
            'type', (select type from job where job.id = gone.job),
            'account', gone.account,
            'credits', gone.cost,
            'wait_ms', (extract(epoch from gone.started_at - gone.created_at) * 1000)::bigint,
            'render_ms', (extract(epoch from now() - gone.started_at) * 1000)::bigint
        )), '[]')
        from unnest(ended) as gone
    );
end
$$;

-- Since when the bucket whose results expired last should have been emptied; null if it was. A bucket waits for
-- unfinished jobs whose html it holds. Reads few rows: it is called every few seconds. After a change of the retention
-- it may be early by the former width of a bucket.
create function sweep_overdue_since() returns timestamptz language plpgsql stable as $$
declare
    width interval := retention() / 24;
    slot smallint := ring_slot(now() - 26 * width, 24 * width);
    due timestamptz;
    is_needed boolean;
begin
    execute format('select expires_at + $1 from result_%s limit 1', slot) into due using width;
    if due is null or due > now() - interval '5 minutes' then
        return null;
    end if;
    execute format('
        select exists (select from (select job from source_%s limit 100) as source join queue on queue.job = source.job)
    ', slot) into is_needed;
    return case when not is_needed then due end;
end
$$;

alter function sweep_overdue_since() security definer;

do $$
begin
    execute format('alter function sweep_overdue_since() set search_path = %I, pg_temp', current_schema());
end
$$;

-- Where a worker runs; with each beat, how much memory it uses (with its browsers) and how many attempts it completed
-- and failed in the minute before; since when it takes no new jobs and has none left, because an operator drained it;
-- since when others take it for lost; and when it last emptied buckets of the ring that expired.
alter table worker
    add column host         text,
    add column pid          integer,
    add column memory_bytes bigint,
    add column completed_1m integer,
    add column failed_1m    integer,
    add column draining_at  timestamptz,
    add column drained_at   timestamptz,
    add column lost_at      timestamptz,
    add column swept_at     timestamptz;

-- Who created a key, when it was last used, to the minute, and how fast it may submit: jobs a minute, and at once;
-- null: no limit besides its account's. arrives_at is as in account: versions that do not know it leave it as it is.
alter table api_key
    add column created_by   text,
    add column last_used_at timestamptz,
    add column rate         integer,
    add column burst        integer,
    add column arrives_at   timestamptz,
    add constraint a_rate_of_a_key_has_a_burst check (
        (rate is null and burst is null) or (rate >= 1 and burst between 20 and 1000000 and rate <= 1000000)
    );

-- No index has what changes when a key is used, and pages have room for the updates: all of them are HOT.
alter table api_key set (fillfactor = 70);

create index key_by_age on api_key (created_at desc, id desc);

-- Lists of accounts are in the order of bytes, which is also that of a prefix in any locale.
create index account_by_name on account (name collate "C");

-- How a key is used, in one word. Versions before this one recorded neither uses nor who created a key, so an older
-- key without a use is not called unused.
create function key_condition(
    at timestamptz, revoked_at timestamptz, expires_at timestamptz, last_used_at timestamptz, created_by text
) returns text language sql immutable as $$
    select case
        when revoked_at is not null then 'revoked'
        when expires_at <= at then 'expired'
        when expires_at <= at + interval '7 days' then 'expires_soon'
        when last_used_at > at - interval '1 day' then 'active'
        when last_used_at > at - interval '30 days' then 'idle'
        when last_used_at is not null then 'stale'
        when created_by is null then 'unknown'
        else 'never_used'
    end
$$;

-- What a program needs to know of an event, beside its message.
alter table event add column detail jsonb;

create index event_of_job on event (job, id desc) where job is not null;
create index event_of_worker on event (worker, id desc) where worker is not null;
create index event_of_account on event (account, id desc) where account is not null;
create index event_of_actor on event (id desc) where actor is not null;

-- A change that an operator has confirmed is made once, however often it is sent.
create unique index event_of_confirmation on event ((detail ->> 'confirmation')) where detail ? 'confirmation';

-- How much an event matters: 'info', 'warning' or 'error'. What an operator did is 'audit'.
create function event_level(kind text, actor text) returns text language sql immutable as $$
    select case
        when actor is not null then 'audit'
        when kind in ('worker.lost', 'job.failed') then 'error'
        when kind in ('job.lapsed', 'job.retried', 'browser.crashed') then 'warning'
        else 'info'
    end
$$;

-- The tail that every failing end shares: as before, and stores the failure.
create or replace function end_failed(
    ended queue[], code text, message text, times jsonb, denied jsonb, reported jsonb
) returns bigint language plpgsql as $$
begin
    if coalesce(cardinality(ended), 0) = 0 then
        return 0;
    end if;
    with failed as (
        update job
        set state = 'failed',
            lease = gone.lease,
            attempt = gone.attempt,
            started_at = gone.started_at,
            worker = gone.worker,
            completed_at = now(),
            error_code = end_failed.code,
            error_message = message,
            timings = times,
            blocked = denied,
            report = reported
        from unnest(ended) as gone
        where job.id = gone.job
        returning job.id, job.type, job.account, job.worker
    )
    insert into failure (job, type, code, account, worker)
    select id, type, end_failed.code, account, worker from failed
    on conflict do nothing;

    delete from secret where job = any(array(select gone.job from unnest(ended) as gone));

    insert into ledger (account, job, kind, amount)
    select gone.account, gone.job, 'refund', gone.cost from unnest(ended) as gone;

    if cardinality(ended) > 1 then
        perform 1 from account
        where id in (select gone.account from unnest(ended) as gone)
        order by id
        for update;
    end if;

    update account
    set balance = balance + refund.amount,
        interactive_tag = interactive_tag - refund.interactive * (fair_step() / weight),
        bulk_tag = bulk_tag - refund.bulk * (fair_step() / weight)
    from (
        select
            gone.account,
            sum(gone.cost) as amount,
            coalesce(sum(gone.cost) filter (where gone.attempt = 0 and gone.lane = 0), 0) as interactive,
            coalesce(sum(gone.cost) filter (where gone.attempt = 0 and gone.lane = 1), 0) as bulk
        from unnest(ended) as gone
        group by 1
    ) as refund
    where account.id = refund.account;

    return cardinality(ended);
end
$$;
