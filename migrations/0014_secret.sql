-- secret: the headers, cookies and credentials that a job sends to its page, sealed with a key
-- that the database does not have. The rows are those of unfinished jobs: the statement that ends
-- a job deletes its row, so what a backup or the WAL still holds is ciphertext.
--
-- Versions that do not know the table never claim a job with secrets: its options are marked, and
-- they cannot read them. However such a job ends in their statements, end_failed deletes the row.

create table secret (
    job     uuid  primary key,
    account uuid  not null,
    key_id  text  not null,
    nonce   bytea not null,
    sealed  bytea not null,

    constraint nonce_is_of_xchacha20         check (length(nonce) = 24),
    constraint sealed_has_more_than_its_tag  check (length(sealed) > 16)
) with (
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 2000,
    autovacuum_vacuum_cost_delay = 0
);

-- Ciphertext cannot be compressed.
alter table secret alter column sealed set storage external;

-- Whether the job was submitted with secrets: it cannot be retried without them.
alter table job add column had_secrets boolean not null default false;

-- The tail that every failing end shares, in this version and in those before: as before, and
-- deletes the secrets.
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
