-- Lanes, fair tags, parking, limits: who is served next, and how often one may ask.
--
-- Fairness is start-time fair queueing: each account has, per lane, the tag of its last
-- job, and a job's tag is greatest(clock of the lane, that tag) + cost / weight, computed
-- in the update that debits. The queue is served in the order of tags, and the clock of a
-- lane is the highest tag that was claimed, kept in a sequence so that nobody waits for
-- it: a race can only lower it. So an account that dumps 10,000 jobs stands in line once
-- for each, and another's first ten go in between.
--
-- A job that waits for its retry is parked, outside the claim's index.

alter table account
    add column weight          smallint not null default 1,
    add column interactive_tag bigint   not null default 0,
    add column bulk_tag        bigint   not null default 0,
    -- Jobs a minute, and at once; null: no limit. Generic cell rate algorithm: arrives_at
    -- is the theoretical arrival time of the next job (ITU-T I.371).
    add column rate            integer,
    add column burst           integer,
    add column arrives_at      timestamptz,
    add constraint weight_is_positive check (weight between 1 and 1000),
    -- A whole batch must be able to pass.
    add constraint a_rate_has_a_burst check (
        (rate is null and burst is null) or (rate >= 1 and burst between 20 and 1000000 and rate <= 1000000)
    );

-- One index instead of two: an account's movements are read in order, and no movement is
-- ever asked for by its number alone.
alter table ledger drop constraint ledger_pkey;
drop index ledger_of_account;
alter table ledger add primary key (account, id);

-- No index for batches: a batch's id is made right before those of its jobs, so its jobs
-- are found among the ids that follow it.
drop index job_of_batch;

-- The clocks go on where the tags of earlier versions, microseconds of the epoch, end.
create sequence clock_interactive minvalue 0;
create sequence clock_bulk minvalue 0;
select setval('clock_interactive', moment), setval('clock_bulk', moment)
from (select (extract(epoch from now()) * 1000000)::bigint as moment) as now;

-- Where a lane stands: the highest tag that was claimed.
create function lane_clock(lane smallint) returns bigint language plpgsql stable as $$
begin
    if lane = 0 then
        return (select last_value from clock_interactive);
    end if;
    return (select last_value from clock_bulk);
end
$$;

-- Moves a lane's clock on to a tag that was claimed, never back.
create function advance_clock(lane smallint, tag bigint) returns bigint language plpgsql as $$
begin
    if tag > lane_clock(lane) then
        return setval(case lane when 0 then 'clock_interactive'::regclass else 'clock_bulk'::regclass end, tag);
    end if;
    return null;
end
$$;

-- How far a credit's worth of work moves an account of weight 1.
create function fair_step() returns bigint language sql immutable as $$
    select 1000000::bigint
$$;

-- Where a job stands in line that comes back: one step behind the head of its lane. It
-- neither jumps the line nor waits behind its account's backlog a second time.
create function next_fair_tag(lane smallint) returns bigint language sql stable as $$
    select lane_clock(lane) + fair_step()
$$;

-- For the versions that knew no lanes.
create or replace function next_fair_tag() returns bigint language sql stable as $$
    select next_fair_tag(0::smallint)
$$;

alter table queue
    add column created_at timestamptz not null default now(),
    add constraint lane_is_interactive_or_bulk check (lane in (0, 1)),
    add constraint nothing_parked_is_leased check (not (parked and lease is not null));

alter table queue set (
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 2000,
    autovacuum_vacuum_cost_delay = 0
);

drop index queue_claimable;
create index queue_claimable on queue (lane, fair_tag, job) where lease is null and not parked;
create index queue_parked on queue (due_at) where parked;

-- By a predicate that no fence implies: one that names job and lease must never be planned
-- as a walk of all that is leased.
drop index queue_leased;
create index queue_leased on queue (deadline) where deadline is not null;

-- How long a job rests after a failed attempt, with jitter, so that what failed together
-- does not come back together.
create function back_off(attempt smallint) returns interval language sql volatile as $$
    select (array[1, 5, 30])[least(greatest(attempt, 1), 3)] * (0.8 + 0.4 * random()) * interval '1 second'
$$;

-- The tail that fail, cancel, reap and time_out share: given the queue rows that a
-- statement has just deleted, ends their jobs as failed and pays them back. Refunds are
-- added up per account before its row is updated, in the order of account ids. A job that
-- was never begun gives its place in line back, too.
create or replace function end_failed(ended queue[], code text, message text) returns bigint language plpgsql as $$
begin
    if coalesce(cardinality(ended), 0) = 0 then
        return 0;
    end if;
    update job
    set state = 'failed',
        lease = gone.lease,
        attempt = gone.attempt,
        started_at = gone.started_at,
        completed_at = now(),
        error_code = code,
        error_message = message
    from unnest(ended) as gone
    where job.id = gone.job;

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

-- Stands the partition of one day, with room on each page for the updates that end its jobs:
-- with half of it, all of them are HOT; with 30 %, a third were not, and wrote 300 bytes of
-- WAL more per job.
create or replace function stand_job_partition(day date) returns void language plpgsql as $$
declare
    part text := 'job_' || to_char(day, 'YYYYMMDD');
    first uuid := uuid_at(day::timestamp at time zone 'UTC');
    next uuid := uuid_at((day + 1)::timestamp at time zone 'UTC');
begin
    if to_regclass(part) is not null then
        return;
    end if;
    perform set_config('lock_timeout', '2s', true);
    execute format('create table %I (like job including all) with (fillfactor = 50)', part);
    execute format('alter table job attach partition %I for values from (%L) to (%L)', part, first, next);
exception
    when check_violation or duplicate_table or lock_not_available or deadlock_detected then
        raise notice 'partition % does not stand: %', part, sqlerrm;
end
$$;

do $$
declare
    part regclass;
begin
    for part in select inhrelid::regclass from pg_inherits where inhparent = 'job'::regclass loop
        execute format('alter table %s set (fillfactor = 50)', part);
    end loop;
end
$$;
