-- report: what a render tells of itself besides its file: the status and the URL of the main
-- document, the browser, and warnings. Null if there is nothing to tell, and for jobs of the
-- versions before. It is deleted with the row, as the options with the job's own URL are.

alter table job add column report jsonb;

-- The tail that fail and retry share: as before, and stores the report.
create function end_failed(ended queue[], code text, message text, times jsonb, denied jsonb, reported jsonb)
returns bigint language plpgsql as $$
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
        error_message = message,
        timings = times,
        blocked = denied,
        report = reported
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

-- For the versions that do not know the report.
drop function end_failed(queue[], text, text, jsonb, jsonb);

create function end_failed(ended queue[], code text, message text, times jsonb, denied jsonb)
returns bigint language plpgsql as $$
begin
    return end_failed(ended, code, message, times, denied, null);
end
$$;
