//! `work_seconds()`: what an autoscaler reads.

use domain::Db;
use domain::job::{self, Lane};
use harness::fixtures::{claim_one, create_account, failure, register_reaper, submit_jobs};
use harness::{Database, with_database};
use serde_json::Value;
use sqlx::AssertSqlSafe;

use super::load::load;

/// Renders that completed two minutes ago, and others that are too old to count.
const RENDERS: &str = "
    insert into stat_minute (minute, completed, render_ms) values
        (date_trunc('minute', now()) - interval '2 minutes', 4, 12000),
        (date_trunc('minute', now()) - interval '3 minutes', 1, 8000),
        (date_trunc('minute', now()) - interval '20 minutes', 1000, 1)";

async fn work_seconds(db: &Db) -> f64 {
    sqlx::query_scalar("select work_seconds()").fetch_one(db).await.expect("a number")
}

/// Returns how many pages a call touches when caches are warm.
async fn pages(db: &Db) -> i64 {
    let mut pages = i64::MAX;
    for _ in 0..3 {
        let sql = "explain (analyze, buffers, format json) select work_seconds()";
        let plan: Value = sqlx::query_scalar(sql).fetch_one(db).await.expect("an explanation");
        let touched = |kind: &str| plan[0]["Plan"][kind].as_i64().expect("a count");
        pages = pages.min(touched("Shared Hit Blocks") + touched("Shared Read Blocks"));
    }
    pages
}

#[tokio::test]
async fn an_empty_queue_is_no_work() {
    with_database(async |database| assert!(work_seconds(&database.db).await.abs() < f64::EPSILON)).await;
}

#[tokio::test]
async fn work_is_the_unfinished_jobs_times_the_mean_of_recent_renders() {
    with_database(async |database| {
        let db = &database.db;
        let caller = create_account(db, "ada", 100).await;
        let worker = register_reaper(db, "worker").await;
        submit_jobs(db, &caller, 10, Lane::Bulk).await;
        assert!((work_seconds(db).await - 20.0).abs() < 1e-9, "two seconds a job if nothing was rendered recently");

        database.execute(RENDERS).await;
        let _rendering = claim_one(db, worker).await;
        claim_one(db, worker).await.lease.retry(db, &failure()).await.expect("a live lease");
        claim_one(db, worker).await.lease.fail(db, &failure()).await.expect("a live lease");

        let work = work_seconds(db).await;
        assert!((work - 9.0 * 4.0).abs() < 1e-9, "nine of ten jobs are unfinished, at 4 s each: {work}");
        job::reap(db, worker).await.expect("the call succeeds");
    })
    .await;
}

#[tokio::test]
async fn a_large_backlog_is_estimated_from_a_few_pages() {
    with_database(async |database| {
        let db = &database.db;
        load(db, 0, 100_000).await;

        let work = work_seconds(db).await;
        assert!((180_000.0..=220_000.0).contains(&work), "100,000 jobs of two seconds: {work}");
        let few = pages(db).await;
        assert!(few < 200, "{few} pages");
        delete_the_oldest(database, 50_000).await;
        let after = pages(db).await;
        assert!(after < 200, "{after} pages with half of the rows dead");
    })
    .await;
}

/// Deletes queued jobs and all that refers to them, as if they had never been submitted.
async fn delete_the_oldest(database: &Database, jobs: i64) {
    let sql = format!(
        "alter table queue set (autovacuum_enabled = off);
        create temp table gone as select job, account from queue order by job limit {jobs};
        delete from queue where job in (select job from gone);
        delete from idempotency where jobs[1] in (select job from gone);
        delete from ledger where job in (select job from gone);
        delete from job where id in (select job from gone);
        update account set balance = (select sum(amount) from ledger where ledger.account = account.id)
        where name like 'load %'"
    );
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&database.db).await.expect("they are deleted");
}

#[tokio::test]
async fn a_role_that_reads_may_ask_for_the_work_whatever_its_search_path_is() {
    with_database(async |database| {
        let name: String =
            sqlx::query_scalar("select 'reader_' || oid from pg_database where datname = current_database()")
                .fetch_one(&database.db)
                .await
                .expect("a name");
        let sql = format!(
            "begin; create role {name}; grant select on queue, stat_minute to {name};
            set local role {name}; set local search_path = pg_catalog;
            select public.work_seconds(); rollback"
        );
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&database.db).await.expect("the role may call it");
    })
    .await;
}
