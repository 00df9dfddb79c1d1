//! Expiry: results are deleted a bucket at a time, when the last of them has expired.

use std::time::Duration;

use domain::Db;
use domain::id::JobId;
use domain::job::{self, Claimant, Lane, Target};
use domain::key::Caller;
use domain::result::{self, FindError};
use domain::retention::{RetentionError, retention, set_retention};
use harness::with_database;
use sqlx::{AssertSqlSafe, Row};

use harness::fixtures::{
    actor, claim, claim_one, create_account, html_job, register_reaper, rendered, submit_job, submit_jobs,
};

/// Submits and completes a job with a result of this size.
async fn completed(db: &Db, ada: &Caller, bytes: usize) -> JobId {
    let job = submit_job(db, ada).await;
    let claim = claim_one(db, register_reaper(db, "live").await).await;
    assert_eq!(claim.lease.job(), job);
    claim.lease.complete(db, &rendered(bytes)).await.expect("a live lease");
    job
}

/// Expires the results of some jobs.
async fn expired(db: &Db, jobs: &[JobId]) {
    for (table, id) in [("job", "id"), ("result", "job")] {
        let sql = format!("update {table} set expires_at = now() - interval '1 second' where {id} = any($1)");
        sqlx::query(AssertSqlSafe(sql)).bind(jobs).execute(db).await.expect("time passes");
    }
}

/// Moves a result to another bucket, as if it had been stored at another time.
async fn moved(db: &Db, job: JobId, slot: i16) {
    for (table, id) in [("job", "id"), ("result", "job")] {
        let sql = format!("update {table} set slot = $2 where {id} = $1");
        sqlx::query(AssertSqlSafe(sql)).bind(job).bind(slot).execute(db).await.expect("a slot");
    }
}

async fn expire(db: &Db) -> usize {
    job::expire(db).await.expect("the call succeeds")
}

#[tokio::test]
async fn only_buckets_in_which_everything_has_expired_are_truncated() {
    with_database(async |database| {
        let db = &database.db;
        let ada = create_account(db, "ada", 10).await;
        let mut jobs = Vec::new();
        for slot in [0, 0, 5, 5, 9] {
            let job = completed(db, &ada, 10).await;
            moved(db, job, slot).await;
            jobs.push(job);
        }
        let kept = result::find(db, &ada, jobs[0]).await.expect("a result");

        expired(db, &jobs[..3]).await;
        let swept = [expire(db).await, expire(db).await];

        assert_eq!(swept, [1, 0]);
        assert_eq!(database.scalar("select count(*) from result").await, 3);
        assert_eq!(kept.slice(db, &(0..10)).await.expect("the call succeeds"), None);
        assert!(matches!(result::find(db, &ada, jobs[0]).await, Err(FindError::Expired(_))));
        assert!(matches!(result::find(db, &ada, jobs[2]).await, Err(FindError::Expired(_))));
        let live = result::find(db, &ada, jobs[3]).await.expect("a result");
        assert_eq!(live.slice(db, &(0..10)).await.expect("the call succeeds"), Some(vec![7; 10]));
    })
    .await;
}

#[tokio::test]
async fn concurrent_sweeps_are_safe() {
    with_database(async |database| {
        let db = &database.db;
        let ada = create_account(db, "ada", 10).await;
        let mut jobs = Vec::new();
        for slot in 0..6 {
            let job = completed(db, &ada, 10).await;
            moved(db, job, slot).await;
            jobs.push(job);
        }

        expired(db, &jobs[..5]).await;
        let (one, two, three) = tokio::join!(expire(db), expire(db), expire(db));

        assert!(one + two + three >= 5);
        assert_eq!(database.scalar("select count(*) from result").await, 1);
        assert_eq!(expire(db).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_bucket_with_the_source_of_a_job_that_is_unfinished_or_can_be_retried_is_kept() {
    with_database(async |database| {
        let db = &database.db;
        let ada = create_account(db, "ada", 10).await;
        let done = completed(db, &ada, 10).await;
        let waits = job::submit(db, &ada, &html_job("<p>"), None).await.expect("a job").job;
        database.execute("update source set slot = job.slot from job where job.slot is not null").await;
        database.execute("update job set source_slot = (select slot from source) where source_slot is not null").await;
        expired(db, &[done]).await;

        assert_eq!(expire(db).await, 0);
        let claim = claim_one(db, register_reaper(db, "live").await).await;
        let Target::Html(html) = claim.request.expect("known options").target else { panic!("the job has HTML") };
        assert_eq!(html.read(db).await.expect("the call succeeds").expect("its HTML"), b"<p>");
        claim.lease.release(db).await.expect("a live lease");
        assert!(job::cancel(db, &ada, waits).await.expect("the call succeeds"));
        assert_eq!(expire(db).await, 0);
        database.execute("update job set created_at = now() - interval '24 hours' where source_slot is not null").await;

        assert_eq!(expire(db).await, 1);
        assert_eq!(database.scalar("select count(*) from source").await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_new_retention_applies_to_new_results_only() {
    with_database(async |database| {
        let db = &database.db;
        let ada = create_account(db, "ada", 10).await;
        let hours = async || {
            let hours =
                "select round(extract(epoch from expires_at - completed_at) / 3600)::bigint from job order by id";
            sqlx::query_scalar::<_, i64>(hours).fetch_all(db).await.expect("hours")
        };

        completed(db, &ada, 10).await;
        for hours in [1, 48] {
            set_retention(db, &actor(), Duration::from_hours(hours)).await.expect("a retention");
            assert_eq!(retention(db).await.expect("a retention"), Duration::from_hours(hours));
            completed(db, &ada, 10).await;
        }
        for wrong in [Duration::from_secs(3599), Duration::from_hours(672) + Duration::from_secs(1)] {
            assert!(matches!(set_retention(db, &actor(), wrong).await, Err(RetentionError::OutOfRange)), "{wrong:?}");
        }

        assert_eq!(hours().await, [24, 1, 48]);
        assert_eq!(
            database
                .scalar("select count(*) from result join job on id = job where result.expires_at = job.expires_at")
                .await,
            3
        );
        assert_eq!(expire(db).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_bucket_is_kept_until_the_last_of_its_results_has_expired() {
    with_database(async |database| {
        let db = &database.db;
        let ada = create_account(db, "ada", 10).await;
        let long = completed(db, &ada, 10).await;
        set_retention(db, &actor(), Duration::from_hours(1)).await.expect("a retention");
        let short = completed(db, &ada, 10).await;
        database.execute("update result set slot = 3; update job set slot = 3").await;

        expired(db, &[short]).await;
        let before = expire(db).await;
        expired(db, &[long]).await;

        assert_eq!((before, expire(db).await), (0, 1));
    })
    .await;
}

#[tokio::test]
async fn a_bucket_that_is_being_read_is_swept_the_next_time() {
    with_database(async |database| {
        let db = &database.db;
        let job = completed(db, &create_account(db, "ada", 10).await, 10).await;
        expired(db, &[job]).await;
        let mut reader = db.pool().begin().await.expect("a reader");
        let slice = sqlx::query("select result_slice(slot, id, 0, 10) from job where id = $1").bind(job);
        slice.fetch_one(&mut *reader).await.expect("a slice");

        let while_read = expire(db).await;
        reader.rollback().await.expect("an end");

        assert_eq!((while_read, expire(db).await), (0, 1));
    })
    .await;
}

#[tokio::test]
async fn sweeping_200_results_writes_almost_no_wal() {
    with_database(async |database| {
        let db = &database.db;
        submit_jobs(db, &create_account(db, "ada", 200).await, 200, Lane::Bulk).await;
        let mut claimant = Claimant::new(register_reaper(db, "live").await);
        let before = written(db).await;
        for claim in claim(&mut claimant, db, 200).await {
            claim.lease.complete(db, &rendered(64 * 1024)).await.expect("a live lease");
        }
        let stored = written(db).await - before;
        database.execute("update result set expires_at = now(); update job set expires_at = now()").await;

        let mut swept = 0;
        for slot in 0..32 {
            let sweep = format!("explain (analyze, wal, format json) select sweep({slot}::smallint)");
            let row = sqlx::raw_sql(AssertSqlSafe(sweep)).fetch_one(db).await.expect("a sweep");
            let plan: serde_json::Value = row.get(0);
            swept += plan[0]["Plan"]["WAL Bytes"].as_i64().expect("bytes");
        }

        assert_eq!(database.scalar("select count(*) from result").await, 0);
        assert!(stored > 12 << 20, "storing wrote {stored} bytes");
        assert!(swept < 200 << 10, "sweeping wrote {swept} bytes");
    })
    .await;
}

/// Returns the position of the WAL. Other databases write to it, too, so that differences are
/// at least what this test has written.
async fn written(db: &Db) -> i64 {
    let written = sqlx::query_scalar("select (pg_current_wal_insert_lsn() - '0/0')::bigint");
    written.fetch_one(db).await.expect("a position")
}

#[tokio::test]
async fn the_lag_of_the_sweep_is_how_long_a_bucket_is_overdue() {
    with_database(async |database| {
        let db = &database.db;
        let ada = create_account(db, "ada", 5).await;
        let job = completed(db, &ada, 10).await;
        let lag = async || job::sweep_lag(db).await.expect("the call succeeds");

        let fresh = lag().await;
        database.execute("update result set expires_at = now() - interval '3 hours'").await;
        database.execute("update job set expires_at = now() - interval '3 hours'").await;
        let late = lag().await;
        let truncated = expire(db).await;

        assert_eq!((fresh, truncated, lag().await), (0.0, 1, 0.0), "{job}");
        assert!((7_200.0..7_300.0).contains(&late), "3 hours, without the hour of a bucket: {late}");
    })
    .await;
}
