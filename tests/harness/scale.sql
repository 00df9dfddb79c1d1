-- Fills a fresh schema with the history of a busy service, in a few statements. It sets how much before:
--     set scale.jobs = '1000000'; set scale.accounts = '100000'; set scale.workers = '200';
-- The reads of the console are planned and measured on it. Jobs, failures, events, results and the counters agree with
-- each other; the ledger has only what is read from it, so the audit does not pass.
-- Needs the owner of the schema: it creates the partitions of past days.

select setseed(0.42);

update setting set retention = '672 hours';

create temp table scale as
select
    current_setting('scale.jobs')::bigint as jobs,
    current_setting('scale.accounts')::bigint as accounts,
    current_setting('scale.workers')::bigint as workers,
    now() as at;

select stand_job_partition((now() at time zone 'UTC')::date - day) from generate_series(0, 30) as day;

insert into account (id, name, balance, suspended_at, created_at)
select
    ('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
    'acct-' || lpad(n::text, 6, '0'),
    case when n % 50 = 0 then n % 7 else 1000 + n % 50000 end,
    case when n % 200 = 0 then at - interval '1 day' end,
    at - n * interval '1 minute'
from scale, generate_series(1, accounts) as n;

insert into api_key (id, account, digest, name, created_at, last_used_at, created_by)
select
    'k' || lpad(n::text, 7, '0'),
    ('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
    sha256(n::text::bytea),
    'key ' || n,
    at - n * interval '1 minute',
    case when n % 4 > 0 then at - (n % 5000) * interval '10 minutes' end,
    'ada@host-1'
from scale, generate_series(1, accounts) as n;

insert into worker (id, name, version, browser, slots, started_at, beat_at, host, pid, memory_bytes, draining_at, swept_at)
select
    ('00000000-0000-4000-9000-' || lpad(to_hex(n), 12, '0'))::uuid,
    'worker-' || n,
    '0.1.0',
    'Chromium 140',
    8,
    at - n * interval '1 hour',
    case when n % 40 = 0 then at - interval '94 seconds' else at + interval '1 hour' end,
    'host-' || n / 4,
    1000 + n,
    600000000 + n * 1000000,
    case when n % 50 = 1 then at - interval '5 minutes' end,
    at - n * interval '1 second'
from scale, generate_series(1, workers) as n;

-- Jobs of the last 30 days, evenly spread; the last 600 are unfinished.
create temp table made as
select
    n,
    created_at,
    (
        lpad(to_hex(floor(extract(epoch from created_at) * 1000)::bigint), 12, '0')
        || '7' || lpad(to_hex((random() * 4095)::int), 3, '0')
        || '8' || lpad(to_hex((random() * 268435455)::int), 7, '0') || lpad(to_hex((random() * 268435455)::int), 8, '0')
    )::uuid as id,
    ('00000000-0000-4000-8000-' || lpad(to_hex(1 + floor(accounts * power(random(), 3))::bigint % accounts), 12, '0'))::uuid
        as account,
    1 + floor(accounts * power(random(), 3))::bigint % accounts as key,
    case when random() < 0.3 then 'pdf' else 'screenshot' end::job_type as type,
    case
        when n <= 600 then null
        when random() < 0.05 then 'failed'
        else 'completed'
    end::job_state as state,
    (array['NAVIGATION_TIMEOUT', 'NAVIGATION_FAILED', 'TLS_ERROR', 'WAIT_TIMEOUT', 'WORKER_LOST'])[1 + floor(random() * 5)] as code,
    ('00000000-0000-4000-9000-' || lpad(to_hex(1 + floor(random() * workers)::bigint), 12, '0'))::uuid as worker,
    (random() * 2000)::int as wait_ms,
    (300 + 4000 * power(random(), 4))::int as render_ms
from scale, generate_series(1, jobs) as n, lateral (select at - n * (interval '29 days' / jobs) as created_at) as time;

insert into job (
    id, account, key, type, options, cost, reference, created_at, state, lease, attempt, started_at, completed_at,
    error_code, error_message, slot, timings, expires_at, request_id, worker
)
select
    id,
    account,
    'k' || lpad(key::text, 7, '0'),
    type,
    jsonb_build_object('page', jsonb_build_object('url', 'https://shop.example/invoices/' || n), 'output', type),
    1,
    case when n % 10 = 0 then 'order-' || n end,
    created_at,
    state,
    case when state is not null then n end,
    case when state is not null then 1 end,
    case when state is not null then created_at + wait_ms * interval '1 ms' end,
    case when state is not null then created_at + (wait_ms + render_ms) * interval '1 ms' end,
    case when state = 'failed' then code end,
    case when state = 'failed' then 'the page did not load within 30 s' end,
    case when state = 'completed' then ring_slot(created_at) end,
    case when state is not null then jsonb_build_object('total_ms', render_ms) end,
    case when state = 'completed' then created_at + interval '672 hours' end,
    replace(id::text, '-', ''),
    case when state is not null then worker end
from made;

insert into queue (job, account, cost, lane, fair_tag, attempt, lease, worker, started_at, deadline, created_at, due_at)
select
    id, account, 1, n % 2, n, case when n <= 100 then 1 else 0 end,
    case when n <= 100 then nextval('lease_number') end,
    case when n <= 100 then worker end,
    case when n <= 100 then created_at end,
    case when n <= 100 then now() + interval '1 minute' end,
    created_at, created_at
from made where state is null;

insert into failure (job, at, type, code, account, worker)
select id, created_at + (wait_ms + render_ms) * interval '1 ms', type, code, account, worker from made where state = 'failed';

insert into ledger (account, job, kind, amount, created_at) select account, id, 'debit', -1, created_at from made;
insert into ledger (account, job, kind, amount, created_at)
select account, id, 'refund', 1, created_at + (wait_ms + render_ms) * interval '1 ms' from made where state = 'failed';
insert into ledger (account, kind, amount, created_at)
select id, 'grant', 100000, created_at from account;

insert into result (slot, job, account, lease, content_type, digest, size, bytes, created_at, expires_at)
select
    ring_slot(created_at), id, account, n, case type when 'pdf' then 'application/pdf' else 'image/png' end,
    sha256(n::text::bytea), 100, decode(repeat('00', 100), 'hex'), created_at, created_at + interval '672 hours'
from made where state = 'completed' and created_at > now() - interval '27 days';

insert into event (at, kind, job, worker, account, message, actor, reason)
select
    created_at,
    (array['job.lapsed', 'job.retried', 'worker.joined', 'slot.swept', 'credits.granted'])[1 + n % 5],
    case when n % 5 < 2 then id end,
    case when n % 5 in (0, 2) then worker end,
    case when n % 5 = 4 then account end,
    'attempt 1: queued again',
    case when n % 5 = 4 then 'ada@host-1' end,
    case when n % 5 = 4 then 'ticket ' || n end
from made where n % 20 < 5 order by created_at;

insert into stat_minute (minute, submitted, completed, failed, result_bytes, render_ms)
select date_trunc('minute', created_at), count(*), count(*) filter (where state = 'completed'),
    count(*) filter (where state = 'failed'), 100 * count(*) filter (where state = 'completed'), sum(render_ms)
from made group by 1;

insert into stat_outcome (minute, type, code, jobs, wait, render)
select
    date_trunc('minute', created_at), type, case when state = 'failed' then code else '' end, count(*),
    array_fill(0::bigint, array[10]) || array[count(*)] || array_fill(0::bigint, array[13]),
    array_fill(0::bigint, array[8]) || array[count(*)] || array_fill(0::bigint, array[15])
from made where state is not null group by 1, 2, 3;

insert into stat_account (minute, account, debits, refunds, refused)
select date_trunc('minute', created_at), account, count(*), count(*) filter (where state = 'failed'), (count(*) % 7 = 0)::int
from made where created_at > now() - interval '2 days' group by 1, 2;

insert into stat_expiry (hour, results, bytes)
select date_trunc('hour', created_at + interval '672 hours'), count(*), 100 * count(*)
from made where state = 'completed' and created_at > now() - interval '27 days' group by 1;

drop table made, scale;
vacuum analyze;
