//! Plans: what is done for every job costs the same, however many wait.
//!
//! The statements are those that the domain prepared on a connection like the API's and the
//! worker's, as Postgres has them, planned for any arguments and for these.

use std::time::Duration;

use domain::id::{AccountId, JobId};
use domain::job::{self, Claimant, Lane};
use domain::schema::connect_lazily;
use domain::{Db, idempotency::Idempotency, overview, result};
use harness::{Database, on_database};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Row};
use tokio::task::JoinSet;

use crate::given::{account, claimed, dumped, failure, interactive, rendered, submitted, taken, worker};
use crate::load::load;

/// A statement of the domain: its name here, words that no other has, how it is asked, and
/// the indexes without which it cannot be quick.
struct Hot {
    name: &'static str,
    words: &'static str,
    asked: &'static str,
    by: &'static [&'static str],
}

impl Hot {
    /// Whether a node reads all leases, which are as few as pages can be rendered at once, and may.
    fn reads_leases(&self, node: &Value) -> bool {
        ["reap", "beat", "overview"].contains(&self.name) && node["Index Name"] == "queue_leased"
    }
}

const fn hot(name: &'static str, words: &'static str, asked: &'static str, by: &'static [&'static str]) -> Hot {
    Hot { name, words, asked, by }
}

const HOT: [Hot; 19] = [
    hot("claim", "advance_clock", "0, FLOOR, FLOOR, 4, 'JOB', null, 32, '15 s'", &["queue_claimable", "queue_pkey"]),
    hot("submit", "with held as materialized", SUBMIT, &["account_pkey"]),
    hot("complete", "insert into result", "'JOB', 1, '{}', 'image/png', 'DIGEST', 'x', null", &["queue_pkey"]),
    hot("fail", "entry), $3, $4, $5, $6) as \"done!\"", "'JOB', 1, 'X', 'x', null, null", &["queue_pkey"]),
    hot("retry", "'job.retried'", "'JOB', 1, 3, 'X', 'x', null, null", &["queue_pkey"]),
    hot("release", "attempt = attempt - 1", "'JOB', 1", &["queue_pkey"]),
    hot("cancel", "as \"cancelled!\"", "'JOB', 'ACCOUNT', 'X', 'x'", &["queue_pkey"]),
    hot("withdraw", "as \"withdrawn!\"", "'JOB', 'ACCOUNT', 'X', 'x', 'k'", &["queue_pkey"]),
    hot("beat", "set beat_at", "'JOB', array['JOB', 'ACCOUNT']::uuid[]", &["worker_pkey"]),
    hot("reap", "'job.lapsed'", "'JOB', 3, 'X', 'x'", &["queue_leased"]),
    hot("unpark", "parked = false", "", &["queue_parked"]),
    hot("time_out", "with old as", "'6 hours', 'X', 'x'", &["queue_pkey"]),
    hot("ended", "from unnest($1::uuid[]) as asked (job)", "array['JOB', 'ACCOUNT']::uuid[]", &["queue_pkey"]),
    hot("fetch", "job.reference", "'JOB', 'ACCOUNT'", &["queue_pkey"]),
    hot("find", "result_about", "'JOB', 'ACCOUNT'", &["queue_pkey"]),
    hot("settle", "is distinct from 'CANCELLED'", "'JOB', 1", &[]),
    hot("recall", "with late as", "'ACCOUNT', 'k', 'DIGEST'", &["one_call_per_key"]),
    hot("forget", "with stale as materialized", "", &["idempotency_by_age"]),
    hot("overview", "as probe", "10000, 50, 200", &["queue_leased", "queue_pkey"]),
];

const SUBMIT: &str = "'ACCOUNT', 'k', null, array[gen_random_uuid()], array['pdf']::job_type[], array['{}']::jsonb[], \
    array['x']::bytea[], array[1], array[1]::smallint[], 'key', 'DIGEST', array[30000]";

/// Tables that stay small, or that a statement about all of them reads whole.
const SMALL: [&str; 6] = ["worker", "setting", "stat_minute", "clock_interactive", "clock_bulk", "account"];

/// How many rows may be sorted: as many as one statement settles, and some to choose from.
const SORTED: f64 = 10_000.0;

/// One connection like the API's and the worker's, on which every hot statement is prepared.
struct Planner {
    db: Db,
    job: JobId,
    account: AccountId,
    floor: i64,
}

impl Planner {
    /// Lives a short life of jobs, in which every statement is needed.
    async fn prepared(database: &Database) -> Self {
        let db = connect_lazily(&database.url, 1).expect("a pool");
        let caller = account(&db, "planner", 100).await;
        let live = worker(&db, "live").await;
        let (asked, key) = (interactive(), "k");
        let once = Idempotency::new(key, "async", std::slice::from_ref(&asked)).expect("a key");
        let job = job::submit(&db, &caller, &asked, Some(&once)).await.expect("a job").job;
        job::withdraw(&db, &caller, job, Some(&once), "why").await.expect("an answer");
        for _ in 0..4 {
            submitted(&db, &caller).await;
        }
        let first = claimed(&db, live).await;
        let (job, fence) = (first.lease.job(), first.lease.fence());
        domain::worker::beat(&db, live, &[fence]).await.expect("a beat");
        first.lease.complete(&db, &rendered(10)).await.expect("a live lease");
        job::ended_by(&db, fence).await.expect("an answer");
        claimed(&db, live).await.lease.fail(&db, &failure()).await.expect("a live lease");
        claimed(&db, live).await.lease.retry(&db, &failure()).await.expect("a live lease");
        let last = claimed(&db, live).await;
        let cancelled = last.lease.job();
        last.lease.release(&db).await.expect("a live lease");
        job::cancel(&db, &caller, cancelled).await.expect("an answer");
        job::reap(&db, live).await.expect("an answer");
        job::unpark(&db).await.expect("an answer");
        job::time_out(&db, job::MAX_AGE).await.expect("an answer");
        job::ended(&db, &[job]).await.expect("an answer");
        job::fetch(&db, &caller, job).await.expect("an answer");
        result::find(&db, &caller, job).await.expect("a result");
        domain::idempotency::forget(&db).await.expect("an answer");
        overview::overview(&db).await.expect("an overview");
        Self { db, job, account: caller.account(), floor: 0 }
    }

    /// Asks about one of the jobs that wait from now on.
    async fn looks_at_the_backlog(&mut self) {
        let sql = "select job, account from queue where lease is null and not parked order by job limit 1";
        let row = sqlx::query(sql).fetch_one(&self.db).await.expect("a backlog");
        (self.job, self.account) = (row.get(0), row.get(1));
    }

    /// What Postgres says of a statement, asked as it is or with other arguments.
    async fn explained(&self, hot: &Hot, how: &str, mode: &str) -> Plan {
        let prepared =
            sqlx::query_scalar("select name from pg_prepared_statements where position($1 in statement) > 0");
        let names: Vec<String> = prepared.bind(hot.words).fetch_all(&self.db).await.expect("statements");
        assert_eq!(names.len(), 1, "one statement says {:?}", hot.words);
        let asked = hot.asked.replace("JOB", &self.job.to_string()).replace("ACCOUNT", &self.account.to_string());
        let asked = asked.replace("FLOOR", &self.floor.to_string());
        let asked = asked.replace("DIGEST", &format!("\\x{}", "00".repeat(32)));
        let asked = if asked.is_empty() { asked } else { format!("({asked})") };
        let sql = format!(
            "begin; set local plan_cache_mode = {mode}; explain ({how} format json) execute {}{asked}; rollback",
            names[0]
        );
        let row = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_one(&self.db).await.expect("an explanation");
        Plan(row.try_get::<Value, _>(0).expect("json")[0]["Plan"].clone())
    }

    /// Explains every hot statement in both ways that Postgres may plan it; names what is wrong.
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

    /// How many pages a statement touches, once everything has been asked before.
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

/// A plan, as Postgres explains it.
struct Plan(Value);

impl Plan {
    fn complaints(&self, hot: &Hot) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut indexes = Vec::new();
        walk(&self.0, None, &mut |node, parent| {
            let kind = node["Node Type"].as_str().unwrap_or_default();
            let table = node["Relation Name"].as_str().unwrap_or_default();
            let probe = parent.is_some_and(|parent| parent["Node Type"] == "Limit") && hot.name == "overview";
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
        let missed = hot.by.iter().filter(|index| !indexes.iter().any(|used| used == *index));
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

/// What is done for every job.
const EVERY_JOB: [&str; 6] = ["claim", "submit", "complete", "cancel", "fetch", "ended"];

#[tokio::test]
async fn at_a_million_queued_jobs_every_statement_goes_by_an_index_and_touches_no_more_pages() {
    on_database(async |database| {
        let mut planner = Planner::prepared(database).await;
        dumped(&planner.db, &account(&planner.db, "few", 10).await, 10, Lane::Bulk).await;
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
async fn in_a_small_history_no_statement_walks_all_of_it() {
    on_database(async |database| {
        let mut planner = Planner::prepared(database).await;

        load(&database.db, 30_000, 1000).await;
        planner.looks_at_the_backlog().await;

        assert_eq!(planner.complaints().await, Vec::<String>::new());
    })
    .await;
}

/// Leaves an empty file, and nobody to say when it has grown.
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
async fn a_plan_that_was_made_while_nothing_waited_serves_a_dump() {
    on_database(async |database| {
        let mut planner = Planner::prepared(database).await;
        let caller = account(&planner.db, "dumper", 10_000).await;
        job::time_out(&planner.db, Duration::ZERO).await.expect("nothing waits");
        database.change(FORGETFUL).await;
        planner.complaints().await;

        dumped(&planner.db, &caller, 10_000, Lane::Bulk).await;
        planner.looks_at_the_backlog().await;

        assert_eq!(planner.complaints().await, Vec::<String>::new());
        assert!(planner.pages("claim").await < 400);
    })
    .await;
}

#[tokio::test]
async fn behind_a_transaction_that_never_ends_a_claim_from_the_floor_touches_no_more_pages() {
    on_database(async |database| {
        let mut planner = Planner::prepared(database).await;
        for dumper in ["ada", "bob"] {
            dumped(&planner.db, &account(&planner.db, dumper, 1550).await, 1550, Lane::Interactive).await;
        }
        database.change("analyze queue").await;
        let first = planner.pages("claim").await;
        let mut reader =
            database.db.pool().begin_with("begin isolation level repeatable read").await.expect("a reader");
        sqlx::query("select count(*) from queue").execute(&mut *reader).await.expect("a snapshot");

        let mut claimant = Claimant::new(worker(&database.db, "busy").await);
        for _ in 0..30 {
            let mut ends = JoinSet::new();
            for claim in taken(&mut claimant, &database.db, 100).await {
                let db = database.db.clone();
                ends.spawn(async move { claim.lease.complete(&db, &rendered(10)).await.expect("a live lease") });
            }
            ends.join_all().await;
        }
        let from_zero = planner.pages("claim").await;
        planner.floor = database.count("select last_value from clock_interactive").await;
        let from_floor = planner.pages("claim").await;

        assert!(from_zero > first + 1000, "what is dead is still in the way: {from_zero} pages");
        assert!(from_floor <= 2 * first + 20, "{from_floor} pages, and {first} before");
        reader.rollback().await.expect("an end");
    })
    .await;
}
