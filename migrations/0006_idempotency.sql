-- idempotency: what a call with a key was answered, for 24 hours.
--
-- The row is written by the statement that submits: its uniqueness undoes whatever the
-- second of two calls with the same key had begun.

create table idempotency (
    account           uuid        not null,
    key               text        not null,
    fingerprint       bytea       not null,
    jobs              uuid[]      not null,
    batch             uuid,
    credits_used      bigint      not null,
    credits_remaining bigint      not null,
    created_at        timestamptz not null default now(),

    constraint one_call_per_key      primary key (account, key),
    constraint key_is_not_long       check (length(key) between 1 and 255),
    constraint something_was_accepted check (cardinality(jobs) > 0),
    constraint fingerprint_is_sha256 check (length(fingerprint) = 32)
);

create index idempotency_by_age on idempotency (created_at);
