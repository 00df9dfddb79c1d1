//! History: old days are dropped, and jobs that were never rendered time out.

use std::time::Duration;

use domain::id::JobId;
use domain::job::{self, DEFAULT_MAX_AGE, ErrorCode, Lane};
use domain::{Db, db};
use harness::with_database;
use sqlx::AssertSqlSafe;

use harness::fixtures::{claim_one, create_account, register_reaper, rendered, submit_jobs};

/// Creates the partition of a day in the past with one job, ended or not.
async fn old(db: &Db, days: i32, ended: bool) {
    for sql in [
        "select stand_job_partition((now() at time zone 'UTC')::date - $1)",
        "with made as (
             insert into job (id, account, key, type, options, cost)
             select overlay(gen_random_uuid()::text placing left(uuid_at(now() - $1 * interval '1 day')::text, 13) from 1)::uuid,
                 id, 'k', 'pdf', '{}', 1
             from account
             returning id, account
         ), noted as (
             insert into ledger (account, job, kind, amount) select account, id, 'debit', -1 from made
         ), charged as (
             update account set balance = balance - 1
         )
         insert into queue (job, account, cost, fair_tag) select id, account, 1, $1 from made",
    ] {
        sqlx::query(sql).bind(days).execute(db).await.expect("an old day");
    }
    if ended {
        let live = register_reaper(db, "live").await;
        claim_one(db, live).await.lease.complete(db, &rendered(1)).await.expect("a live lease");
    }
}

#[tokio::test]
async fn a_day_is_dropped_when_all_its_jobs_ended_long_ago() {
    with_database(async |database| {
        let db = &database.db;
        create_account(db, "ada", 10).await;
        for (days, ended) in [(41, true), (40, true), (39, false), (29, true)] {
            old(db, days, ended).await;
        }
        let partitions =
            async || database.scalar("select count(*) from pg_inherits where inhparent = 'job'::regclass").await;
        assert_eq!(partitions().await, 4 + 4);
        database.execute("delete from result where job < uuid_at(now() - interval '39 days 12 hours')").await;

        db::drop_history(db).await.expect("the call succeeds");
        assert_eq!(partitions().await, 2 + 4);
        db::drop_history(db).await.expect("the call succeeds");

        assert_eq!(partitions().await, 2 + 4);
        assert_eq!(database.scalar("select count(*) from job").await, 2);
        assert_eq!(database.scalar("select count(*) from event where kind = 'day.dropped'").await, 2);
        assert_eq!(database.scalar("select balance from account").await, 6);
    })
    .await;
}

#[tokio::test]
async fn a_day_that_is_being_read_is_dropped_the_next_time() {
    with_database(async |database| {
        let db = &database.db;
        create_account(db, "ada", 10).await;
        old(db, 40, true).await;
        database.execute("delete from result").await;
        let mut reader = db.pool().begin().await.expect("a reader");
        sqlx::query("select count(*) from job").execute(&mut *reader).await.expect("a count");

        db::drop_history(db).await.expect("the call succeeds");
        let while_read = database.scalar("select count(*) from job").await;
        reader.rollback().await.expect("an end");
        db::drop_history(db).await.expect("the call succeeds");

        assert_eq!((while_read, database.scalar("select count(*) from job").await), (1, 0));
    })
    .await;
}

/// Moves a job into the past: by its id, by the database's clock, or by both.
async fn aged(db: &Db, job: JobId, hours: f64, id: bool, clock: bool) -> JobId {
    if clock {
        let older = sqlx::query("update queue set created_at = now() - $2 * interval '1 hour' where job = $1");
        older.bind(job).bind(hours).execute(db).await.expect("time passes");
    }
    if !id {
        return job;
    }
    let older = "select overlay($1::text placing left(uuid_at(now() - $2 * interval '1 hour')::text, 13) from 1)::uuid";
    let older: JobId = sqlx::query_scalar(older).bind(job).bind(hours).fetch_one(db).await.expect("an id");
    for (table, id) in [("job", "id"), ("queue", "job"), ("ledger", "job")] {
        let renamed = format!("update {table} set {id} = $2 where {id} = $1");
        sqlx::query(AssertSqlSafe(renamed)).bind(job).bind(older).execute(db).await.expect("an older id");
    }
    older
}

#[tokio::test]
async fn a_job_that_was_not_rendered_for_six_hours_fails_and_is_refunded() {
    with_database(async |database| {
        let db = &database.db;
        let ada = create_account(db, "ada", 10).await;
        let mut jobs = submit_jobs(db, &ada, 5, Lane::Interactive).await;
        let leased = claim_one(db, register_reaper(db, "live").await).await;
        assert_eq!(leased.lease.job(), jobs[0]);
        for (job, (hours, id, clock)) in
            [(6.5, true, true), (6.5, true, true), (5.5, true, true), (6.5, true, false), (6.5, true, true)]
                .into_iter()
                .enumerate()
        {
            jobs[job] = aged(db, jobs[job], hours, id, clock).await;
        }
        sqlx::query("update queue set parked = true where job = $1").bind(jobs[4]).execute(db).await.expect("a rest");

        let failed = [job::time_out(db, DEFAULT_MAX_AGE).await, job::time_out(db, DEFAULT_MAX_AGE).await];

        assert_eq!(failed.map(|failed| failed.expect("the call succeeds")), [2, 0]);
        for (job, state) in jobs.iter().zip(["processing", "failed", "queued", "queued", "failed"]) {
            let job = job::fetch(db, &ada, *job).await.expect("the call succeeds").expect("a job");
            assert_eq!(job.state.name(), state);
            assert_eq!(job.error_code, (state == "failed").then_some(ErrorCode::QueueTimeout));
        }
        assert_eq!(database.scalar("select balance from account").await, 7);
    })
    .await;
}

#[tokio::test]
async fn old_jobs_fail_in_chunks_of_500() {
    with_database(async |database| {
        let db = &database.db;
        submit_jobs(db, &create_account(db, "ada", 600).await, 600, Lane::Bulk).await;
        let time_out = async || job::time_out(db, Duration::ZERO).await.expect("the call succeeds");

        assert_eq!([time_out().await, time_out().await, time_out().await], [500, 100, 0]);

        assert_eq!(database.scalar("select balance from account").await, 600);
    })
    .await;
}

#[tokio::test]
async fn a_day_with_an_unfinished_job_keeps_the_days_after_it() {
    with_database(async |database| {
        let db = &database.db;
        create_account(db, "ada", 10).await;
        old(db, 40, true).await;
        old(db, 41, false).await;

        db::drop_history(db).await.expect("the call succeeds");

        assert_eq!(database.scalar("select count(*) from job").await, 2);
    })
    .await;
}
