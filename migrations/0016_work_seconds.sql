-- work_seconds(): how many seconds of rendering the unfinished jobs will take, for an autoscaler.
--
--     unfinished jobs × mean seconds of a completed render
--
-- Unfinished jobs are those in `queue`: queued, parked and being rendered. They are counted up to 1,000. If there are
-- more, Postgres's estimate of the table's rows replaces the count, because an exact one would read all of them. The
-- estimate is as old as the last vacuum of `queue`, which happens every few thousand jobs, and never below 1,001.
--
-- The mean is that of the renders that completed in the last 15 minutes. If there were none, it is 2 seconds.
--
-- The body is parsed here, so the tables are those of this schema whatever the caller's search_path is. The caller
-- needs SELECT on `queue` and `stat_minute`.

create function work_seconds() returns double precision language sql stable
begin atomic
    select
        case when counted.jobs > 1000 then greatest(counted.jobs, estimated.jobs) else counted.jobs end
        * coalesce(mean.seconds, 2)
    from
        -- By the primary key, newest first: dead rows are at its other end.
        (select count(*)::float8 as jobs from (select from queue order by job desc limit 1001) as newest) as counted,
        (select reltuples::float8 as jobs from pg_class where oid = 'queue'::regclass) as estimated,
        (
            select sum(render_ms)::float8 / 1000 / nullif(sum(completed), 0)::float8 as seconds
            from stat_minute
            where minute > now() - interval '15 minutes'
        ) as mean;
end;
