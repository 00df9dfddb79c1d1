-- result: what operators see of results, and how they extend and delete them.
--
-- Results leave when their bucket of the ring is emptied. An extended result stays in its bucket, so a bucket is emptied
-- later, and never so late that the ring comes around to it. A deleted result is gone from its bucket at once.

-- A small picture of a result, for operators: WebP or JPEG, at most 48 KB.
alter table result add column thumbnail bytea;
alter table result add constraint a_thumbnail_is_small check (length(thumbnail) <= 49152);

do $$
begin
    for slot in 0..31 loop
        execute format('alter table result_%s alter column thumbnail set storage external', slot);
    end loop;
end
$$;

-- When an operator extended a result. The others of a bucket are stored in the order in which they expire, so they need
-- no index; these have one.
alter table result add column extended_at timestamptz;
create index result_extended on result (expires_at) where extended_at is not null;

-- The expiry of the first and of the last results of a bucket.
create function bucket_range(slot smallint, out first timestamptz, out last timestamptz) language plpgsql stable as $$
declare
    pages bigint := pg_relation_size('result_' || slot) / current_setting('block_size')::bigint;
begin
    if pages = 0 then
        return;
    end if;
    execute format('select expires_at from result_%s where extended_at is null limit 1', slot) into first;
    -- The last page may have only rows that were deleted.
    execute format(
        'select coalesce(max(expires_at), ''infinity'') from result_%s where ctid >= ''(%s,0)'' and extended_at is null',
        slot, pages - 1
    ) into last;
end
$$;

-- Results of a bucket that expire from a moment on, in the order in which they are stored. Finds the first page by
-- bisection, and reads at most 150 from there.
create function expiring_in_bucket(slot smallint, since timestamptz, until timestamptz, max_rows bigint)
returns table (job uuid, account uuid, content_type text, size bigint, expires_at timestamptz)
language plpgsql stable as $$
declare
    low bigint := 0;
    high bigint := pg_relation_size('result_' || slot) / current_setting('block_size')::bigint;
    middle bigint;
    latest timestamptz;
begin
    while low < high loop
        middle := (low + high) / 2;
        execute format(
            'select max(expires_at) from result_%s where ctid >= ''(%s,0)'' and ctid < ''(%s,0)'' and extended_at is null',
            slot, middle, middle + 1
        ) into latest;
        if latest < since then
            low := middle + 1;
        else
            high := middle;
        end if;
    end loop;
    -- Transactions that ran side by side may have stored their results the other way round.
    low := greatest(low - 1, 0);
    return query execute format('
        select job, account, content_type, size, expires_at
        from result_%s
        where ctid >= ''(%s,0)'' and ctid < ''(%s,0)'' and extended_at is null and expires_at >= $1 and expires_at < $2
        limit $3
    ', slot, low, low + 150) using since, until, max_rows;
end
$$;

-- Results that expire from a moment on, bucket by bucket, and all that were extended. After a change of the retention,
-- until what was stored before has expired, some may be missing.
create function expiring_results(since timestamptz, until timestamptz, max_rows bigint)
returns table (job uuid, account uuid, content_type text, size bigint, expires_at timestamptz, extended boolean)
language plpgsql stable as $$
#variable_conflict use_column
declare
    bucket record;
    added bigint;
    missing bigint := max_rows;
begin
    return query
        select job, account, content_type, size, expires_at, true
        from result
        where extended_at is not null and expires_at >= since and expires_at < until
        order by expires_at
        limit max_rows;
    for bucket in
        select number::smallint as number
        from generate_series(0, 31) as number
        cross join lateral bucket_range(number::smallint) as kept
        where kept.last >= since and kept.first < until
        order by greatest(kept.first, since), kept.first
    loop
        exit when missing <= 0;
        return query
            select job, account, content_type, size, expires_at, false
            from expiring_in_bucket(bucket.number, since, until, missing);
        get diagnostics added = row_count;
        missing := missing - added;
    end loop;
end
$$;

-- What an operator sees of a result: not its bytes.
create function result_preview(slot smallint, job uuid)
returns table (content_type text, size bigint, thumbnail bytea)
language plpgsql stable as $$
begin
    return query execute format(
        'select content_type, size, thumbnail from result_%s where job = $1 and slot = %s', slot, slot
    ) using job;
end
$$;

-- Until when a bucket can keep what it has: it is emptied in the last 24th of the retention before the ring comes
-- around to it.
create function bucket_keeps_until(slot smallint) returns timestamptz language sql stable as $$
    select to_timestamp((turn + case when slot = turn % 32 then 32 else (slot - turn % 32 + 32) % 32 end - 1) * width)
    from (select extract(epoch from retention() / 24) as width) as bucket,
        lateral (select floor(extract(epoch from now()) / width)::bigint as turn) as present
$$;

-- Changes the expiry of a result that has not expired, and returns its size.
create function extend_result(slot smallint, job uuid, until timestamptz) returns bigint language plpgsql as $$
declare
    size bigint;
begin
    execute format('
        update result_%s set expires_at = $2, extended_at = now()
        where job = $1 and slot = %s and expires_at > now()
        returning size
    ', slot, slot) into size using job, until;
    return size;
end
$$;

-- Deletes a result, and returns its size.
create function delete_result(slot smallint, job uuid) returns bigint language plpgsql as $$
declare
    size bigint;
begin
    execute format('delete from result_%s where job = $1 and slot = %s returning size', slot, slot) into size using job;
    return size;
end
$$;

-- The reader sees which results there are, and none of their bytes. What changes them is for the owner.
do $$
declare
    signature text;
begin
    foreach signature in array array[
        'expiring_results(timestamptz, timestamptz, bigint)', 'result_preview(smallint, uuid)'
    ]
    loop
        execute format(
            'alter function %s security definer set search_path = %I, pg_temp', signature, current_schema()
        );
    end loop;
end
$$;
