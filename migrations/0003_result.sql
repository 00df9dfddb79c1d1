-- result, source: bytes kept for a while, in a ring of 32 slots.
--
-- A slot holds one 24th of the retention (an hour of the day that results are kept), so
-- expiry is the TRUNCATE of a slot and never a DELETE. Compressed images gain nothing from
-- TOAST compression, and slices of uncompressed bytes are cheap: storage is external.
-- source is the html of a job; it lives in the same ring and is gone with the day.

create table result (
    slot         smallint    not null,
    job          uuid        not null,
    account      uuid        not null,
    lease        bigint      not null,
    content_type text        not null,
    digest       bytea       not null,
    size         bigint      not null,
    bytes        bytea       not null,
    created_at   timestamptz not null default now(),

    primary key (slot, job),
    constraint result_is_not_empty check (size > 0 and size = length(bytes)),
    constraint digest_is_sha256    check (length(digest) = 32)
) partition by list (slot);

create table source (
    slot smallint not null,
    job  uuid     not null,
    html bytea    not null,

    primary key (slot, job)
) partition by list (slot);

do $$
begin
    for slot in 0..31 loop
        execute format('create table result_%s partition of result for values in (%s)', slot, slot);
        execute format('alter table result_%s alter column bytes set storage external', slot);
        execute format('create table source_%s partition of source for values in (%s)', slot, slot);
        execute format('alter table source_%s alter column html set storage external', slot);
    end loop;
end
$$;

-- How long a result is kept.
create function retention() returns interval language sql immutable as $$
    select interval '24 hours'
$$;

-- The slot of a moment.
create function ring_slot(moment timestamptz) returns smallint language sql stable as $$
    select (floor(extract(epoch from moment) / extract(epoch from retention() / 24))::bigint % 32)::smallint
$$;

-- A slice of a result's bytes, counted from 0. Addresses one partition: a slot that is a
-- bound parameter of a query on the parent would lock all 32.
create function result_slice(slot smallint, job uuid, start bigint, length integer) returns bytea
language plpgsql stable strict as $$
declare
    slice bytea;
begin
    execute format('select substring(bytes from $2 for $3) from result_%s where job = $1 and slot = %s', slot, slot)
    into slice using job, (start + 1)::integer, length;
    return slice;
end
$$;

-- What a result is, without its bytes. No row: the slot has been swept.
create function result_about(slot smallint, job uuid)
returns table (content_type text, digest bytea, size bigint)
language plpgsql stable strict as $$
begin
    return query execute format(
        'select content_type, digest, size from result_%s where job = $1 and slot = %s', slot, slot
    ) using job;
end
$$;

-- The html of a job.
create function source_html(slot smallint, job uuid) returns bytea language plpgsql stable strict as $$
declare
    found bytea;
begin
    execute format('select html from source_%s where job = $1 and slot = %s', slot, slot) into found using job;
    return found;
end
$$;
