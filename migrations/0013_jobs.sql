-- Lists of an account's jobs, retries of failed ones, and usage per day.
--
-- job: a page of an account's jobs is read by (account, id). Those with one reference, and those
-- of one batch, have an index of their own, which only jobs with a reference or a batch are in.
--
-- ledger: usage is summed over an account's movements of some days. The one index of the table
-- now orders them by time and contains what is summed, so that the table itself is not read.
--
-- is_kept: the html of a failed job is kept for the retention, from its submission on, so that it
-- can be retried. The ring comes around after 4/3 of the retention, so no bucket is held up.

create index job_of_reference on job (account, reference, id desc) where reference is not null;
create index job_of_batch on job (batch) where batch is not null;

alter table ledger drop constraint ledger_pkey;
alter table ledger add primary key (account, created_at, id) include (kind, amount);

create or replace function is_kept(slot smallint) returns boolean language plpgsql as $$
declare
    kept boolean;
begin
    execute format('
        select exists (select from result_%1$s where expires_at > now())
            or exists (select from source_%1$s as source join queue on queue.job = source.job)
            or exists (
                select from source_%1$s as source
                join job on job.id = source.job
                where job.state = ''failed'' and job.created_at > now() - retention()
            )
    ', slot) into kept;
    return kept;
end
$$;
