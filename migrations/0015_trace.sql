-- trace: which request submitted a job, its place in a trace, and which worker ended it, so that the id that a
-- customer has of a request leads to the lines about it in the logs of every process. All are null for jobs
-- of the versions before, which go on without them.
--
-- The id of a request has no index: every submission would pay for what is rarely asked. The id of a job has its
-- time in it, so a search reads the rows of some hours.

alter table job
    add column request_id text,
    add column traceparent text,
    add column worker uuid;

-- The tail that every failing end shares: as before, and stores the worker.
create or replace function end_failed(
    ended queue[], code text, message text, times jsonb, denied jsonb, reported jsonb
) returns bigint language plpgsql as $$
begin
    if coalesce(cardinality(ended), 0) = 0 then
        return 0;
    end if;
    update job
    set state = 'failed',
        lease = gone.lease,
        attempt = gone.attempt,
        started_at = gone.started_at,
        worker = gone.worker,
        completed_at = now(),
        error_code = code,
        error_message = message,
        timings = times,
        blocked = denied,
        report = reported
    from unnest(ended) as gone
    where job.id = gone.job;

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
