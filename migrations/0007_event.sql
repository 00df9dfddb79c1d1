-- event: what happened that no job's row tells, for 30 days.
--
-- Jobs that are submitted, completed and failed are their own record. Here is what was
-- unusual: attempts that came to nothing, workers that came and went, slots and days that
-- were cleared, accounts that were changed by an operator.

create table event (
    id      bigint      generated always as identity primary key,
    at      timestamptz not null default now(),
    kind    text        not null,
    job     uuid,
    worker  uuid,
    account uuid,
    message text        not null default ''
);

create index event_by_age on event (at);
