-- What a submission does, written by hand: debit the account, and insert the rows of a job.
\set number random(0, :accounts - 1)
with locked as materialized (
    select id, balance, greatest(interactive_tag, (select last_value from clock_interactive)) as tag, fair_step() / weight as step
    from account
    where name = 'bench-' || :number
    for update
), new as materialized (
    select
        id as account, tag, step,
        overlay(gen_random_uuid()::text placing left(uuid_at(clock_timestamp())::text, 15) from 1 for 15)::uuid as job
    from locked
    where balance >= 1
), debit as (
    update account
    set balance = balance - 1, interactive_tag = new.tag + new.step
    from new
    where account.id = new.account
), new_ledger as (
    insert into ledger (account, job, kind, amount)
    select account, job, 'debit', -1 from new
), new_job as (
    insert into job (id, account, key, type, options, cost)
    select
        job, account, 'bench', 'screenshot',
        '{"page": {"url": "https://example.com/some/page?with=a&query=too"}, "wait_for": "dom_content_loaded", "delay_ms": 0, "output": {"screenshot": {"format": "png", "viewport": {"width": 1280, "height": 800, "device_scale_factor": 1.0}, "area": "full_page"}}}',
        1
    from new
)
insert into queue (job, account, cost, lane, fair_tag, budget_ms)
select job, account, 1, 0, tag, 30000 from new;
