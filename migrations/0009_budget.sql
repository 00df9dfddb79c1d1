-- budget, blocked: how long each render may take, and what it tells of itself.
--
-- A render may have its own budget, so its lease lasts as long and a little longer. The
-- budget stands in the queue because the claim sets the deadline, and must not read every
-- job's options for it. Versions that do not know the column submit jobs of the default.
--
-- A job keeps what its page was kept from reaching, by class; null where that was nothing.
-- A job that failed keeps this and its timings, too, as far as its last render came.

alter table queue
    add column budget_ms integer not null default 30000,
    add constraint a_render_takes_1_to_60_s check (budget_ms between 1000 and 60000);

alter table job add column blocked jsonb;

-- The tail that fail and retry share: as below, and keeps what the render tells of itself.
create function end_failed(ended queue[], code text, message text, times jsonb, barred jsonb) returns bigint
language plpgsql as $$
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
        blocked = barred
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

-- The tail that cancel, reap and time_out share, where no render tells anything: given the
-- queue rows that a statement has just deleted, ends their jobs as failed and pays them
-- back. Refunds are added up per account before its row is updated, in the order of account
-- ids. A job that was never begun gives its place in line back, too.
create or replace function end_failed(ended queue[], code text, message text) returns bigint language plpgsql as $$
begin
    return end_failed(ended, code, message, null, null);
end
$$;
