-- account, api_key, ledger: who pays, how they prove it, and every movement of credits.
--
-- The account row is hot: each submit updates its balance, so nothing that changes is
-- indexed and every update stays on its page (HOT). The ledger is append-only; a job
-- has at most one row of a kind, and that uniqueness is what makes a credit spent once.
-- Nothing references account or job by foreign key: a reference would lock the hot row
-- and stand in the way of dropping partitions. The statements keep the rows together,
-- and `tintype audit` proves it.

create table account (
    id           uuid        primary key default gen_random_uuid(),
    name         text        not null,
    plan         text        not null default 'prepaid',
    balance      bigint      not null default 0,
    suspended_at timestamptz,
    created_at   timestamptz not null default now(),

    constraint account_name_is_taken  unique (name),
    constraint account_has_a_name     check (name <> '' and length(name) <= 100),
    constraint balance_never_negative check (balance >= 0)
) with (fillfactor = 50);

create table api_key (
    id         text        primary key,
    account    uuid        not null,
    digest     bytea       not null,
    created_at timestamptz not null default now(),
    revoked_at timestamptz,

    constraint digest_is_sha256 check (length(digest) = 32)
);

create type ledger_kind as enum ('grant', 'debit', 'refund', 'adjust');

create table ledger (
    id         bigint      generated always as identity primary key,
    account    uuid        not null,
    job        uuid,
    kind       ledger_kind not null,
    amount     bigint      not null,
    created_at timestamptz not null default now(),

    constraint debited_and_refunded_once unique (job, kind),
    constraint jobs_are_debited_and_refunded check ((job is not null) = (kind in ('debit', 'refund'))),
    constraint amount_has_the_sign_of_its_kind check (
        case kind
            when 'debit' then amount < 0
            when 'refund' then amount > 0
            when 'grant' then amount > 0
            when 'adjust' then amount <> 0
        end
    )
);

create index ledger_of_account on ledger (account, id);
