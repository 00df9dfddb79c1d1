//! Large histories and backlogs, which satisfy every invariant.

use domain::Db;

/// The uuid v7 of a time, in milliseconds, and a number.
const ID: &str = "
    create function id_of(ms bigint, n bigint) returns uuid language sql immutable as $$
        select (lpad(to_hex(ms), 12, '0') || '70008000' || lpad(to_hex(n), 12, '0'))::uuid
    $$;
    create function ms_of(moment timestamptz) returns bigint language sql immutable as $$
        select (extract(epoch from moment) * 1000)::bigint
    $$";

const ACCOUNTS: &str = "
    insert into account (name, balance) select 'load ' || n, 1000000 from generate_series(1, 100) as n";

const GRANTS: &str = "
    insert into ledger (account, kind, amount)
    select id, 'grant', 1000000 + (select count(*) from job where job.account = account.id)
    from account where name like 'load %'";

const DAYS: &str =
    "select stand_job_partition((now() at time zone 'UTC')::date - day) from generate_series(1, 30) as day";

/// Completed jobs, evenly over 30 days, whose results have expired.
const HISTORY: &str = r#"
    insert into job (
        id, account, key, type, options, cost, created_at,
        state, lease, attempt, started_at, completed_at, slot, expires_at
    )
    select
        id_of(ms_of(now()) - (30 * 86400000::bigint) * ($1 - n) / $1, n), account.ids[1 + n % 100], 'k', 'pdf', '{"page": "html"}', 1,
        now() - interval '1 day', 'completed', nextval('lease_number'), 1, now(), now(), 0, now() - interval '1 minute'
    from generate_series(1, $1) as n, (select array_agg(id) as ids from account where name like 'load %') as account"#;

/// Queued jobs of the last four hours.
const BACKLOG: &str = r#"
    insert into job (id, account, key, type, options, cost)
    select id_of(ms_of(now()) - 14400000::bigint * ($1 - n) / $1, n), account.ids[1 + n % 100], 'k', 'pdf', '{"page": "html"}', 1
    from generate_series(1, $1) as n, (select array_agg(id) as ids from account where name like 'load %') as account"#;

const DEBITS: &str =
    "insert into ledger (account, job, kind, amount) select account, id, 'debit', -1 from job where key = 'k'";

const QUEUE: &str = "
    insert into queue (job, account, cost, lane, fair_tag)
    select id, account, 1, hashtext(id::text) & 1, lane_clock(0::smallint) + (hashtext(id::text) >> 1 & 1048575) * 1000::bigint
    from job where key = 'k' and state is null";

const LEASES: &str = "
    update queue set lease = nextval('lease_number'), worker = gen_random_uuid(), started_at = now(),
        deadline = now() + interval '1 minute', attempt = 1
    where job = any(array(select job from queue where lease is null and not parked order by lane, fair_tag limit $1 / 50))";

const PARKED: &str = "
    update queue set parked = true, attempt = 1, due_at = now() + n * interval '1 second'
    from (select job as rests, row_number() over () - 1000 as n from queue where lease is null limit $1 / 5) as resting
    where job = rests";

const KEYS: &str = "
    insert into idempotency (account, key, fingerprint, jobs, credits_used, credits_remaining)
    select account, job::text, decode(repeat('00', 32), 'hex'), array[job], 1, 1 from queue limit 50000";

/// Drops the indexes: building them afterwards is faster than maintaining them.
const BARE: &str = "
    create table bare as
    select pg_get_indexdef(indexrelid) as made, indexrelid::regclass::text as name
    from pg_index
    where indrelid in ('queue'::regclass, 'job'::regclass) and not indisunique;
    do $$ begin execute (select string_agg('drop index ' || name, ';') from bare); end $$;
    alter table ledger drop constraint debited_and_refunded_once";

const DRESSED: &str = "
    do $$ begin execute (select string_agg(replace(made, ' ON ONLY ', ' ON '), ';') from bare); end $$;
    drop table bare;
    alter table ledger add constraint debited_and_refunded_once unique (job, kind)";

/// Fills a new database: jobs that ended in the last 30 days, queued jobs, a few that are
/// leased or parked, and idempotency keys.
pub(crate) async fn load(db: &Db, history: i64, backlog: i64) {
    let few = Some(backlog.min(10_000));
    for bare in [ID, BARE, ACCOUNTS, DAYS] {
        filled(db, bare, None).await;
    }
    for (rows, count) in [(HISTORY, Some(history)), (BACKLOG, Some(backlog)), (DEBITS, None), (QUEUE, None)] {
        filled(db, rows, count).await;
    }
    for (rows, count) in
        [(DRESSED, None), (LEASES, few), (PARKED, few), (GRANTS, None), (KEYS, None), ("analyze", None)]
    {
        filled(db, rows, count).await;
    }
}

async fn filled(db: &Db, sql: &'static str, count: Option<i64>) {
    match count {
        Some(count) => sqlx::query(sql).bind(count).execute(db).await,
        None => sqlx::raw_sql(sql).execute(db).await,
    }
    .expect("a load");
}
