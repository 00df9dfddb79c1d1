-- setting, sweep, drop_job_partitions: how long things are kept, and how they go.
--
-- Results expire by the TRUNCATE of their slot, which writes next to no WAL. A slot is
-- swept when all it holds has expired, whatever the retention was when it was filled, so
-- the retention may be changed at any time. Rows of jobs stay 30 days and leave with the
-- partition of their day.

create table setting (
    one       boolean  primary key default true,
    retention interval not null default interval '24 hours',

    constraint there_is_one_row check (one),
    -- Longer than a job may take, shorter than its row is kept.
    constraint retention_is_sane check (retention between interval '1 hour' and interval '672 hours')
);

insert into setting default values;

-- How long a result is kept.
create or replace function retention() returns interval language plpgsql stable as $$
begin
    return (select setting.retention from setting);
end
$$;

-- The slot of a moment, where results are kept for so long.
create function ring_slot(moment timestamptz, kept interval) returns smallint language sql stable as $$
    select (floor(extract(epoch from moment) / extract(epoch from kept / 24))::bigint % 32)::smallint
$$;

create or replace function ring_slot(moment timestamptz) returns smallint language sql stable as $$
    select ring_slot(moment, retention())
$$;

-- What was kept before this column counts from now on.
alter table result add column expires_at timestamptz not null default now() + retention();

-- Whether a slot holds a result that has not expired, or the page of an unfinished job.
create function is_kept(slot smallint) returns boolean language plpgsql as $$
declare
    kept boolean;
begin
    execute format('
        select exists (select from result_%1$s where expires_at > now())
            or exists (select from source_%1$s as source join queue on queue.job = source.job)
    ', slot) into kept;
    return kept;
end
$$;

-- Whether a slot holds anything.
create function is_used(slot smallint) returns boolean language plpgsql as $$
declare
    used boolean;
begin
    execute format('select exists (select from result_%1$s) or exists (select from source_%1$s)', slot) into used;
    return used;
end
$$;

-- Empties a slot in which nothing is kept any more; answers whether it did. It looks
-- twice, the second time while nobody else can write, and gives up rather than wait.
create function sweep(slot smallint) returns boolean language plpgsql as $$
begin
    if not is_used(slot) or is_kept(slot) then
        return false;
    end if;
    perform set_config('lock_timeout', '2s', true);
    execute format('lock table result_%1$s, source_%1$s in access exclusive mode', slot);
    if not is_used(slot) or is_kept(slot) then
        return false;
    end if;
    execute format('truncate result_%1$s, source_%1$s', slot);
    insert into event (kind, message) values ('slot.swept', 'slot ' || slot);
    return true;
exception
    when lock_not_available or deadlock_detected then
        return false;
end
$$;

-- Since when rows of jobs are whole: the day of the oldest partition that stands.
create function history_begins() returns timestamptz language sql stable as $$
    select coalesce(
        min(to_date(right(relname, 8), 'YYYYMMDD')::timestamp at time zone 'UTC'),
        'epoch'
    )
    from pg_inherits
    join pg_class on pg_class.oid = inhrelid
    where inhparent = 'job'::regclass and relname ~ '^job_\d{8}$'
$$;

-- Drops the days that ended so long ago, the oldest first, and answers their names. A day
-- with an unfinished job stays, and so does one that cannot be locked at once; and the days
-- after it, so that history has a beginning and no holes.
create function drop_job_partitions(kept interval) returns text[] language plpgsql as $$
declare
    part record;
    dropped text[] := '{}';
begin
    perform set_config('lock_timeout', '1s', true);
    for part in
        select relname as name, to_date(right(relname, 8), 'YYYYMMDD') as day
        from pg_inherits
        join pg_class on pg_class.oid = inhrelid
        where inhparent = 'job'::regclass and relname ~ '^job_\d{8}$'
        order by relname
    loop
        exit when (part.day + 1)::timestamp at time zone 'UTC' > now() - kept;
        exit when exists (
            select from queue
            where job >= uuid_at(part.day::timestamp at time zone 'UTC')
                and job < uuid_at((part.day + 1)::timestamp at time zone 'UTC')
        );
        begin
            execute format('drop table %I', part.name);
            dropped := dropped || part.name;
            insert into event (kind, message) values ('day.dropped', part.name);
        exception
            when lock_not_available or deadlock_detected then
                exit;
        end;
    end loop;
    return dropped;
end
$$;
