-- Roles: the API and the workers need not own the schema.
--
-- Creating, truncating and dropping partitions requires ownership, so the functions that do so run
-- as their owner. They find objects in pg_catalog, then in the schema that they were created in, and
-- nowhere else. Their search_path does not name pg_catalog: unnamed, it is searched first, and named
-- first, it is where they would create partitions. Only the owner may execute them, and the roles that
-- deploy/grants.sql names. Versions that ran as the owner do not notice.
--
-- is_kept returns whether a bucket is in use and nothing else, so any role may execute it: the audit
-- needs it, and reads no partition itself.

do $$
declare
    signature text;
begin
    foreach signature in array array[
        'stand_job_partitions()',
        'drop_job_partitions(interval)',
        'sweep(smallint)',
        'is_kept(smallint)'
    ]
    loop
        execute format(
            'alter function %s security definer set search_path = %I, pg_temp', signature, current_schema()
        );
        if signature <> 'is_kept(smallint)' then
            execute format('revoke execute on function %s from public', signature);
        end if;
    end loop;
end
$$;

-- Called by stand_job_partitions only.
revoke execute on function stand_job_partition(date) from public;
