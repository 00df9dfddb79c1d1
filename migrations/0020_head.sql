-- head: a result and its first bytes, read at once.
--
-- A synchronous call sends the file as soon as its job has completed, and most files are smaller than a
-- slice. With this, one statement plans and reads one row of one partition once.

-- As result_about, with the first bytes; null where no bytes are wanted.
create function result_head(slot smallint, job uuid, length integer)
returns table (content_type text, digest bytea, size bigint, head bytea)
language plpgsql stable strict as $$
begin
    return query execute format('
        select content_type, digest, size, case when $2 > 0 then substring(bytes for $2) end
        from result_%s where job = $1 and slot = %s
    ', slot, slot) using job, length;
end
$$;
