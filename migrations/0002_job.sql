-- job, source, queue: what was asked, what it is made of, and what is not finished.
--
-- job remembers everything: one row per job, inserted once and updated once, when it
-- ends. queue holds what is unfinished and is as big as the backlog, never as big as
-- history: a row is deleted when its job ends. The state that is shown is derived:
-- job.state where it is set, else queued or processing by whether the queue row is leased.
--
-- job is partitioned by day through its id, a uuid v7, so that history leaves by dropping
-- a table. The id's time comes from whoever submitted and is only a hint: what fits no
-- standing partition lands in the default one.

create type job_type as enum ('screenshot', 'pdf');
create type job_state as enum ('queued', 'processing', 'completed', 'failed');

create table job (
    id            uuid        primary key,
    account       uuid        not null,
    key           text        not null,
    batch         uuid,
    type          job_type    not null,
    options       jsonb       not null,
    cost          integer     not null,
    reference     text,
    source_slot   smallint,
    created_at    timestamptz not null default now(),
    -- Set by the statement that ends the job, and by no other.
    state         job_state,
    lease         bigint,
    attempt       smallint,
    started_at    timestamptz,
    completed_at  timestamptz,
    error_code    text,
    error_message text,
    slot          smallint,
    timings       jsonb,
    expires_at    timestamptz,

    constraint a_job_costs_something         check (cost > 0),
    constraint only_ends_are_recorded        check (state in ('completed', 'failed')),
    constraint an_end_has_its_time           check ((state is null) = (completed_at is null)),
    constraint completed_by_a_lease          check (state is distinct from 'completed' or lease is not null),
    constraint completed_until_it_expires    check ((state is not distinct from 'completed') = (expires_at is not null)),
    constraint completed_has_a_slot          check ((state is not distinct from 'completed') = (slot is not null)),
    constraint failed_for_a_reason           check ((state is not distinct from 'failed') = (error_code is not null)),
    constraint a_reason_is_explained         check ((error_code is null) = (error_message is null))
) partition by range (id);

create index job_of_account on job (account, id desc);
create index job_of_batch on job (batch) where batch is not null;

create table job_default partition of job default;

-- Stands the partition of one day. Loses to rows that already wait in the default one:
-- they stay there, and so does the day.
create function stand_job_partition(day date) returns void language plpgsql as $$
declare
    part text := 'job_' || to_char(day, 'YYYYMMDD');
    first uuid := uuid_at(day::timestamp at time zone 'UTC');
    next uuid := uuid_at((day + 1)::timestamp at time zone 'UTC');
begin
    if to_regclass(part) is not null then
        return;
    end if;
    perform set_config('lock_timeout', '2s', true);
    execute format('create table %I (like job including all)', part);
    execute format('alter table job attach partition %I for values from (%L) to (%L)', part, first, next);
exception
    when check_violation or duplicate_table or lock_not_available or deadlock_detected then
        raise notice 'partition % does not stand: %', part, sqlerrm;
end
$$;

-- The smallest uuid v7 of a moment.
create function uuid_at(moment timestamptz) returns uuid language sql immutable as $$
    select (lpad(to_hex(floor(extract(epoch from moment) * 1000)::bigint), 12, '0') || '00000000000000000000')::uuid
$$;

-- Stands the partitions of today and the two days ahead. Any process may ask, at any time.
create function stand_job_partitions() returns void language plpgsql as $$
begin
    perform pg_advisory_xact_lock(hashtext('stand_job_partitions'));
    for ahead in 0..2 loop
        perform stand_job_partition((now() at time zone 'UTC')::date + ahead);
    end loop;
end
$$;

select stand_job_partitions();

-- The number of a lease is the fence: it only ever grows, so every claim has its own.
create sequence lease_number;

create table queue (
    job        uuid        primary key,
    account    uuid        not null,
    cost       integer     not null,
    lane       smallint    not null default 0,
    fair_tag   bigint      not null,
    due_at     timestamptz not null default now(),
    parked     boolean     not null default false,
    attempt    smallint    not null default 0,
    lease      bigint,
    worker     uuid,
    started_at timestamptz,
    deadline   timestamptz,

    constraint a_lease_has_a_worker   check ((lease is null) = (worker is null)),
    constraint a_lease_has_a_start    check ((lease is null) = (started_at is null)),
    constraint a_lease_has_a_deadline check ((lease is null) = (deadline is null)),
    constraint attempts_within_budget check (attempt between 0 and 3)
) with (fillfactor = 70);

create index queue_claimable on queue (fair_tag, job) where lease is null and not parked;
create index queue_leased on queue (deadline) where lease is not null;

-- The state that is shown: of its end, or by whether it is leased.
create function state_of(ended job_state, lease bigint) returns job_state language sql immutable as $$
    select coalesce(ended, case when lease is null then 'queued' else 'processing' end::job_state)
$$;

-- Where a job stands in line when it is submitted or tried again: behind all that waits.
create function next_fair_tag() returns bigint language sql stable as $$
    select (extract(epoch from now()) * 1000000)::bigint
$$;

-- The tail that fail, cancel and reap share: given the queue rows that a statement has
-- just deleted, ends their jobs as failed and pays them back. Refunds are added up per
-- account before its row is updated, in the order of account ids.
create function end_failed(ended queue[], code text, message text) returns bigint language plpgsql as $$
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

    perform 1 from account
    where id in (select gone.account from unnest(ended) as gone)
    order by id
    for update;

    update account
    set balance = balance + refund.amount
    from (select gone.account, sum(gone.cost) as amount from unnest(ended) as gone group by 1) as refund
    where account.id = refund.account;

    return cardinality(ended);
end
$$;
