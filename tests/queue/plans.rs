//! Plans: the cost of each statement does not depend on the number of queued jobs.
//!
//! The statements are those that `domain` has prepared on a connection, as Postgres lists them,
//! planned both for generic arguments and for the given ones.

use std::time::Duration;

use domain::db::connect_lazily;
use domain::id::{AccountId, JobId};
use domain::job::{self, Claimant, Delivery, JobFilter, JobState, Lane};
use domain::worker::WorkerStats;
use domain::{Db, idempotency::Idempotency, overview, result, usage};
use futures_util::future::join_all;
use harness::{Database, SECRET_KEY, with_database};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Row};
use tokio::task::JoinSet;

use super::load::load;
use harness::fixtures::{
    claim, claim_one, create_account, failure, interactive_job, keyring, register_reaper, rendered, secret_job,
    submit_job, submit_jobs,
};

/// A statement of `domain`: its name here, a text that identifies it, its arguments, and the
/// indexes that it needs.
struct Hot {
    name: &'static str,
    words: &'static str,
    asked: &'static str,
    by: &'static [&'static str],
}

impl Hot {
    /// Whether a node reads all leases, which is allowed: there is one for each running render.
    fn reads_leases(&self, node: &Value) -> bool {
        ["reap", "beat", "snapshot", "fleet", "sample"].contains(&self.name) && node["Index Name"] == "queue_leased"
    }
}

const fn hot(name: &'static str, words: &'static str, asked: &'static str, by: &'static [&'static str]) -> Hot {
    Hot { name, words, asked, by }
}

const HOT: [Hot; 33] = [
    hot(
        "claim",
        "advance_clock",
        "0, FLOOR, FLOOR, 4, 'JOB', array['ACCOUNT']::uuid[], 32, '15 s', 1",
        &["queue_claimable", "queue_pkey"],
    ),
    hot("submit", "with locked_account as materialized", SUBMIT, &["account_pkey"]),
    hot("complete together", "with rendered as materialized", COMPLETE, &["queue_pkey", "secret_pkey"]),
    hot(
        "complete",
        "select number, job, account, lease, $4, $5",
        "'JOB', 1, '{}', 'image/png', 'DIGEST', 'x', null, null, null",
        &["queue_pkey", "secret_pkey"],
    ),
    hot("fail", "entry), $3, $4, $5, $6, $7) as \"rows!\"", "'JOB', 1, 'X', 'x', null, null, null", &["queue_pkey"]),
    hot("retry", "'job.retried'", "'JOB', 1, 3, 'X', 'x', null, null, null", &["queue_pkey"]),
    hot("release", "attempt = attempt - 1", "'JOB', 1", &["queue_pkey"]),
    hot("cancel", "as \"cancelled!\"", "'JOB', 'ACCOUNT', 'X', 'x'", &["queue_pkey"]),
    hot("withdraw", "as \"withdrawn!\"", "'JOB', 'ACCOUNT', 'X', 'x', 'k'", &["queue_pkey"]),
    hot("beat", "set beat_at", "'JOB', array['JOB', 'ACCOUNT']::uuid[], 1, 0, 0", &["worker_pkey"]),
    hot("reap", "'job.lapsed'", "'JOB', 3, 'X', 'x'", &["queue_leased"]),
    hot("unpark", "parked = false", "", &["queue_parked"]),
    hot("time_out", "with old as", "'6 hours', 'X', 'x'", &["queue_pkey"]),
    hot("ended_among", "from unnest($1::uuid[]) as waited (job)", "array['JOB', 'ACCOUNT']::uuid[]", &["queue_pkey"]),
    hot("fetch", "as earlier", "'JOB', 'ACCOUNT', 1000, 32", &["queue_pkey", "queue_claimable"]),
    hot(
        "page",
        "null::bigint as queue_position",
        "AFTER, null, null, null, 'pdf', 'failed', 21",
        &["queue_pkey", "_account_id_idx"],
    ),
    hot(
        "page of a reference",
        "null::bigint as queue_position",
        "AFTER, 'r', null, now(), 'pdf', 'failed', 21",
        &["_reference_id_idx"],
    ),
    hot(
        "page of a batch",
        "null::bigint as queue_position",
        "AFTER, null, 'JOB', null, null, null, 21",
        &["_batch_idx"],
    ),
    hot("window", "offset $6", "AFTER, null, null, null, 4999", &["_account_id_idx"]),
    hot("retriable", "as \"in_batch!\"", "'JOB', 'ACCOUNT'", &["queue_pkey"]),
    hot("usage", "moved as materialized", "'ACCOUNT', null, null, 30, 366", &["ledger_pkey"]),
    hot("find", "stored.content_type", "'JOB', 'ACCOUNT', 262144", &["queue_pkey"]),
    hot("outcome_of", "job.error_code is distinct from $3", "'JOB', 1, 'CANCELLED'", &[]),
    hot("recall", "with expired as (", "'ACCOUNT', 'k', array['DIGEST']::bytea[]", &["one_call_per_key"]),
    hot("delete_expired", "with expired as materialized", "", &["idempotency_by_age"]),
    hot("open", "select key_id, nonce", "'JOB'", &["secret_pkey"]),
    hot("snapshot", "as interactive_wait_s", "10000, 20", &["queue_claimable", "queue_parked", "queue_leased"]),
    hot("throughput", "as counted using (minute)", "60", &["stat_minute_pkey"]),
    hot("outcomes", "as kinds", "1000", &["failure_by_time", "stat_outcome_pkey"]),
    hot("burn", "from stat_account", "2500, 20, 8", &["account_pkey"]),
    hot("expiries", "from stat_expiry", "1000", &["stat_expiry_pkey"]),
    hot("fleet", "sweep_overdue_since", "10000, 200", &["queue_leased"]),
    hot("sample", "as capped", "10000, 1000", &["queue_leased", "queue_claimable"]),
];

/// The account, and the cursor of its first page.
const AFTER: &str = "'ACCOUNT', 'ffffffff-ffff-ffff-ffff-ffffffffffff'";

const SUBMIT: &str = "'ACCOUNT', 'k', null, array[gen_random_uuid()], array['pdf']::job_type[], array['{}']::jsonb[], \
    array['x']::bytea[], array[1], array[1]::smallint[], array['key'], array['DIGEST']::bytea[], \
    array[30000], array['r'], array['key'], array['NONCE']::bytea[], array['DIGEST']::bytea[], array['request'], array['trace'], true";

const COMPLETE: &str = "array['JOB']::uuid[], array[1]::bigint[], array['{}']::jsonb[], array['image/png'], \
    array['DIGEST']::bytea[], array['x']::bytea[], array[null]::jsonb[], array[null]::jsonb[], array[null]::bytea[], \
    'JOB', 'JOB', '250ms'";

/// Tables that may be scanned: they stay small, here at least, or the statement needs all their rows.
const SMALL: [&str; 7] = ["worker", "setting", "stat_minute", "clock_interactive", "clock_bulk", "account", "api_key"];

/// The maximum number of sorted rows: those one statement processes, and some to choose from.
const SORTED: f64 = 10_000.0;

/// A connection on which every hot statement is prepared, as on those of the API and workers.
struct Planner {
    db: Db,
    job: JobId,
    account: AccountId,
    floor: i64,
}

impl Planner {
    /// Runs a few jobs through all their states, so that every statement is prepared.
    async fn prepared(database: &Database) -> Self {
        let db = connect_lazily(&database.url, 1).expect("a pool");
        let caller = create_account(&db, "planner", 100).await;
        let live = register_reaper(&db, "live").await;
        let (asked, key) = (interactive_job(), "k");
        let once = Idempotency::new(key, job::fingerprint(Delivery::Poll, &asked)).expect("a key");
        let job = job::submit(&db, &caller, &asked, Some(&once)).await.expect("a job").job;
        job::withdraw(&db, &caller, job, Some(&once), "why").await.expect("the call succeeds");
        for _ in 0..8 {
            submit_job(&db, &caller).await;
        }
        let first = claim_one(&db, live).await;
        let (job, fence) = (first.lease.job(), first.lease.fence());
        domain::worker::beat(&db, live, &[fence], WorkerStats::default()).await.expect("a beat");
        first.lease.complete(&db, &rendered(10)).await.expect("a live lease");
        let (together, file) = (claim(&mut Claimant::new(live), &db, 4).await, rendered(10));
        for completed in join_all(together.into_iter().map(|claim| claim.lease.complete(&db, &file))).await {
            completed.expect("a live lease");
        }
        job::outcome_of(&db, fence, None).await.expect("the call succeeds");
        claim_one(&db, live).await.lease.fail(&db, &failure()).await.expect("a live lease");
        claim_one(&db, live).await.lease.retry(&db, &failure()).await.expect("a live lease");
        let last = claim_one(&db, live).await;
        let cancelled = last.lease.job();
        last.lease.release(&db).await.expect("a live lease");
        job::cancel(&db, &caller, cancelled).await.expect("the call succeeds");
        job::reap(&db, live).await.expect("the call succeeds");
        job::unpark(&db).await.expect("the call succeeds");
        job::time_out(&db, job::DEFAULT_MAX_AGE).await.expect("the call succeeds");
        job::ended_among(&db, &[job]).await.expect("the call succeeds");
        job::fetch(&db, &caller, job).await.expect("the call succeeds");
        result::find(&db, &caller, job).await.expect("a result");
        let failed = JobFilter { state: Some(JobState::Failed), ..JobFilter::default() };
        job::page(&db, &caller, &failed, None, 20).await.expect("a page");
        job::retriable(&db, &caller, cancelled).await.expect("a failed job");
        usage::usage(&db, &caller, None, None).await.expect("a usage");
        domain::idempotency::delete_expired(&db).await.expect("the call succeeds");
        overview::overview(&db).await.expect("an overview");
        overview::sample(&db).await.expect("a sample");
        let keyring = keyring(SECRET_KEY);
        job::submit(&db, &caller, &secret_job(&keyring, "x"), None).await.expect("a job");
        let secret = claim_one(&db, live).await;
        let stored = secret.request.expect("readable options").secrets.expect("a job with secrets");
        stored.open(&db, &keyring).await.expect("they open");
        secret.lease.fail(&db, &failure()).await.expect("a live lease");
        Self { db, job, account: caller.account(), floor: 0 }
    }

    /// Uses one of the queued jobs as the argument from now on.
    async fn looks_at_the_backlog(&mut self) {
        let sql = "select job, account from queue where lease is null and not parked order by job limit 1";
        let row = sqlx::query(sql).fetch_one(&self.db).await.expect("a backlog");
        (self.job, self.account) = (row.get(0), row.get(1));
    }

    /// Returns the plan of a statement, with the given arguments or generic.
    async fn explained(&self, hot: &Hot, how: &str, mode: &str) -> Plan {
        let prepared =
            sqlx::query_scalar("select name from pg_prepared_statements where position($1 in statement) > 0");
        let names: Vec<String> = prepared.bind(hot.words).fetch_all(&self.db).await.expect("statements");
        assert_eq!(names.len(), 1, "one statement says {:?}", hot.words);
        let asked = hot
            .asked
            .replace("AFTER", AFTER)
            .replace("JOB", &self.job.to_string())
            .replace("ACCOUNT", &self.account.to_string());
        let asked = asked.replace("FLOOR", &self.floor.to_string());
        let asked = asked.replace("DIGEST", &format!("\\x{}", "00".repeat(32)));
        let asked = asked.replace("NONCE", &format!("\\x{}", "00".repeat(24)));
        let asked = if asked.is_empty() { asked } else { format!("({asked})") };
        let sql = format!(
            "begin; set local plan_cache_mode = {mode}; explain ({how} format json) execute {}{asked}; rollback",
            names[0]
        );
        let row = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_one(&self.db).await.expect("an explanation");
        Plan(row.try_get::<Value, _>(0).expect("json")[0]["Plan"].clone())
    }

    /// Explains every hot statement as a custom and as a generic plan, and returns the problems.
    async fn complaints(&self) -> Vec<String> {
        let mut complaints = Vec::new();
        for hot in &HOT {
            for mode in ["force_generic_plan", "force_custom_plan"] {
                let plan = self.explained(hot, "", mode).await;
                complaints
                    .extend(plan.complaints(hot).into_iter().map(|wrong| format!("{} ({mode}): {wrong}", hot.name)));
            }
        }
        complaints
    }

    /// Returns the number of pages that a statement touches when caches are warm.
    async fn pages(&self, name: &str) -> i64 {
        let hot = HOT.iter().find(|hot| hot.name == name).expect("a hot statement");
        let mut pages = i64::MAX;
        for _ in 0..3 {
            let plan = self.explained(hot, "analyze, buffers,", "force_generic_plan").await.0;
            let touched = ["Shared Hit Blocks", "Shared Read Blocks"].map(|kind| plan[kind].as_i64().expect("a count"));
            pages = pages.min(touched.iter().sum());
        }
        pages
    }
}

/// A plan, as EXPLAIN returns it.
struct Plan(Value);

impl Plan {
    fn complaints(&self, hot: &Hot) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut indexes = Vec::new();
        walk(&self.0, None, &mut |node, parent| {
            let kind = node["Node Type"].as_str().unwrap_or_default();
            let table = node["Relation Name"].as_str().unwrap_or_default();
            let probe = parent.is_some_and(|parent| parent["Node Type"] == "Limit")
                && ["snapshot", "fleet", "sample"].contains(&hot.name);
            if kind == "Seq Scan" && !SMALL.contains(&table) && !probe {
                wrong.push(format!("walks {table}"));
            }
            let whole = kind.starts_with("Index") && node["Index Cond"].is_null() && !probe;
            if whole && (table == "queue" || table.starts_with("job")) && !hot.reads_leases(node) {
                wrong.push(format!("walks {}", node["Index Name"]));
            }
            let rows = node["Plans"][0]["Plan Rows"].as_f64().unwrap_or_default();
            if kind.ends_with("Sort") && rows > SORTED {
                wrong.push(format!("sorts {rows} rows"));
            }
            indexes.extend(node["Index Name"].as_str().map(str::to_owned));
        });
        let missed = hot.by.iter().filter(|index| !indexes.iter().any(|used| used.ends_with(*index)));
        wrong.extend(missed.map(|index| format!("goes by {indexes:?}, not by {index}")));
        wrong.dedup();
        wrong
    }
}

fn walk(node: &Value, parent: Option<&Value>, see: &mut impl FnMut(&Value, Option<&Value>)) {
    see(node, parent);
    for child in node["Plans"].as_array().into_iter().flatten() {
        walk(child, Some(node), see);
    }
}

/// The statements that run for every job.
const EVERY_JOB: [&str; 6] = ["claim", "submit", "complete", "complete together", "cancel", "ended_among"];

#[tokio::test]
async fn with_a_million_queued_jobs_every_statement_uses_an_index_and_touches_no_more_pages() {
    with_database(async |database| {
        let mut planner = Planner::prepared(database).await;
        submit_jobs(&planner.db, &create_account(&planner.db, "few", 10).await, 10, Lane::Bulk).await;
        planner.looks_at_the_backlog().await;
        let mut few = Vec::new();
        for name in EVERY_JOB {
            few.push(planner.pages(name).await);
        }

        load(&database.db, 0, 1_000_000).await;
        planner.looks_at_the_backlog().await;

        assert_eq!(planner.complaints().await, Vec::<String>::new());
        for (name, few) in EVERY_JOB.iter().zip(few) {
            let many = planner.pages(name).await;
            assert!(many <= 2 * few + 20, "{name} touches {many} pages; with ten jobs, {few}");
        }
    })
    .await;
}

#[tokio::test]
async fn with_a_small_history_no_statement_scans_all_of_it() {
    with_database(async |database| {
        let mut planner = Planner::prepared(database).await;

        load(&database.db, 30_000, 1000).await;
        planner.looks_at_the_backlog().await;

        // A page of a list examines 5,000 jobs, so with these few a scan may be as cheap as the index.
        // `a_list_reads_a_bounded_part_of_a_long_history` tests them with many.
        let is_list = |complaint: &String| complaint.starts_with("page") || complaint.starts_with("window");
        let complaints: Vec<_> = planner.complaints().await.into_iter().filter(|it| !is_list(it)).collect();
        assert_eq!(complaints, Vec::<String>::new());
    })
    .await;
}

/// Empties the tables, and disables the statistics that would show their growth.
const FORGETFUL: &str = "
    do $$
    declare
        part regclass;
    begin
        for part in select 'queue'::regclass union all select inhrelid from pg_inherits where inhparent = 'job'::regclass loop
            execute format('alter table %s set (autovacuum_enabled = off)', part);
        end loop;
    end
    $$;
    truncate queue;
    analyze queue";

#[tokio::test]
async fn a_plan_made_on_an_empty_queue_is_good_for_a_large_batch() {
    with_database(async |database| {
        let mut planner = Planner::prepared(database).await;
        let caller = create_account(&planner.db, "dumper", 10_000).await;
        job::time_out(&planner.db, Duration::ZERO).await.expect("nothing waits");
        database.execute(FORGETFUL).await;
        planner.complaints().await;

        submit_jobs(&planner.db, &caller, 10_000, Lane::Bulk).await;
        planner.looks_at_the_backlog().await;

        assert_eq!(planner.complaints().await, Vec::<String>::new());
        assert!(planner.pages("claim").await < 400);
    })
    .await;
}

#[tokio::test]
async fn with_a_transaction_that_never_ends_a_claim_from_the_floor_touches_no_more_pages() {
    with_database(async |database| {
        let mut planner = Planner::prepared(database).await;
        for dumper in ["ada", "bob"] {
            submit_jobs(&planner.db, &create_account(&planner.db, dumper, 1550).await, 1550, Lane::Interactive).await;
        }
        database.execute("analyze queue").await;
        let first = planner.pages("claim").await;
        let mut reader =
            database.db.pool().begin_with("begin isolation level repeatable read").await.expect("a reader");
        sqlx::query("select count(*) from queue").execute(&mut *reader).await.expect("a snapshot");

        let mut claimant = Claimant::new(register_reaper(&database.db, "busy").await);
        for _ in 0..30 {
            let mut ends = JoinSet::new();
            for claim in claim(&mut claimant, &database.db, 100).await {
                let db = database.db.clone();
                ends.spawn(async move { claim.lease.complete(&db, &rendered(10)).await.expect("a live lease") });
            }
            ends.join_all().await;
        }
        let from_zero = planner.pages("claim").await;
        planner.floor = database.scalar("select last_value from clock_interactive").await;
        let from_floor = planner.pages("claim").await;

        assert!(from_zero > first + 1000, "what is dead is still in the way: {from_zero} pages");
        assert!(from_floor <= 2 * first + 20, "{from_floor} pages, and {first} before");
        reader.rollback().await.expect("an end");
    })
    .await;
}

/// The first and the last job in the queue, as `job` and `account`.
const FIRST: &str = "select job, account from queue where lease is null and not parked order by lane, fair_tag limit 1";
const LAST: &str =
    "select job, account from queue where lease is null and not parked order by lane desc, fair_tag desc limit 1";

#[tokio::test]
async fn polling_an_unfinished_job_is_one_indexed_read() {
    with_database(async |database| {
        let mut planner = Planner::prepared(database).await;
        load(&database.db, 20_000, 100_000).await;
        // Otherwise it may run in the background in the middle of the test, and what is dead is counted, too.
        database.execute("vacuum analyze queue").await;
        database.execute("vacuum analyze job").await;
        let fetch = HOT.iter().find(|hot| hot.name == "fetch").expect("a hot statement");
        let db = connect_lazily(&database.url, 1).expect("a pool");
        let caller = create_account(&db, "poller", 1).await;
        let statements = async || {
            let count = sqlx::query_scalar::<_, i64>("select count(*) from pg_prepared_statements");
            count.fetch_one(&db).await.expect("a number")
        };
        let before = statements().await;

        job::fetch(&db, &caller, planner.job).await.expect("the call succeeds");

        assert_eq!(statements().await - before, 1);
        for (sql, most) in [(FIRST, 40), (LAST, 1100)] {
            let row = sqlx::query(sql).fetch_one(&planner.db).await.expect("a backlog");
            (planner.job, planner.account) = (row.get(0), row.get(1));
            for mode in ["force_generic_plan", "force_custom_plan"] {
                assert_eq!(planner.explained(fetch, "", mode).await.complaints(fetch), Vec::<String>::new());
            }
            let pages = planner.pages("fetch").await;
            assert!(pages <= most, "{pages} pages");
        }
    })
    .await;
}

/// More jobs of one account than a page examines, all completed, and as many with a reference.
const LONG_HISTORY: &str = "
    create table owner as select id from account where name = 'load 1';
    insert into job (
        id, account, key, type, options, cost, reference, batch, created_at,
        state, lease, attempt, started_at, completed_at, slot, expires_at
    )
    select
        id_of(ms_of(now()) - n * 1000::bigint, n), owner.id, 'k', 'pdf', '{\"page\": \"html\"}', 1,
        case when n % 2 = 0 then 'r' end, case when n % 5 = 0 then uuid_at(now() - (n / 100) * interval '1 hour') end,
        now() - n * interval '1 second', 'completed', nextval('lease_number'), 1, now(), now(), 0, now()
    from generate_series(1, 100000) as n, owner;
    insert into ledger (account, job, kind, amount, created_at)
    select job.account, job.id, 'debit', -1, job.created_at from job join owner on job.account = owner.id
    on conflict do nothing;
    insert into ledger (account, kind, amount)
    select owner.id, 'grant', balance - (select sum(amount) from ledger where account = owner.id)
    from account join owner on account.id = owner.id;
    analyze job; analyze ledger";

#[tokio::test]
async fn a_list_reads_a_bounded_part_of_a_long_history() {
    with_database(async |database| {
        let mut planner = Planner::prepared(database).await;
        load(&database.db, 20_000, 10_000).await;
        database.execute(LONG_HISTORY).await;
        database.execute("vacuum ledger").await;
        let owner = sqlx::query_scalar("select id from owner").fetch_one(&database.db).await.expect("an account");
        planner.account = owner;

        let mut found = Vec::new();
        for name in ["page", "page of a reference", "page of a batch", "window", "usage"] {
            found.push((name, planner.pages(name).await));
        }

        assert_eq!(planner.complaints().await, Vec::<String>::new());
        for ((name, pages), most) in found.iter().zip([7000, 7000, 600, 7000, 4000]) {
            assert!(*pages <= most, "{name} touches {pages} pages: {found:?}");
        }
        database.execute("drop table owner").await;
    })
    .await;
}
