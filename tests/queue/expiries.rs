//! What operators see and change of results: which expire next, whose they are, keeping one for longer, deleting one.

use std::time::Duration;

use domain::Db;
use domain::counters::flush;
use domain::id::JobId;
use domain::job::{self, Claimant, Lane, MAX_THUMBNAIL_BYTES, Rendered};
use domain::result::{
    self, Expiring, ExpiryCursor, Extension, FindError, by_account, delete, extend, next_to_expire, preview, storage,
};
use domain::retention::set_retention;
use harness::fixtures::{actor, claim, claim_one, create_account, register_reaper, rendered, submit_job, submit_jobs};
use harness::{Service, with_database, with_service};
use sqlx::postgres::PgConnection;
use sqlx::types::chrono::{DateTime, Utc};
use sqlx::{AssertSqlSafe, Connection};

/// Completes as many jobs of ada, and returns them.
async fn completed(db: &Db, jobs: usize) -> Vec<JobId> {
    let ada = create_account(db, "ada", 1_000).await;
    submit_jobs(db, &ada, jobs, Lane::Bulk).await;
    let mut claimant = Claimant::new(register_reaper(db, "live").await);
    let mut done = Vec::new();
    while done.len() < jobs {
        for claim in claim(&mut claimant, db, jobs).await {
            done.push(claim.lease.job());
            claim.lease.complete(db, &rendered(10)).await.expect("a live lease");
        }
    }
    flush(db).await.expect("counts");
    done
}

/// Stores a result again, as if its job had completed so long ago.
async fn aged(db: &Db, job: JobId, minutes: i64) {
    let sql = format!(
        "with moved as (
            update result set
                created_at = now() - interval '{minutes} minutes',
                expires_at = now() - interval '{minutes} minutes' + retention(),
                slot = ring_slot(now() - interval '{minutes} minutes')
            where job = $1
            returning slot, job, expires_at
        )
        update job set slot = moved.slot, expires_at = moved.expires_at from moved where id = moved.job"
    );
    sqlx::query(AssertSqlSafe(sql)).bind(job).execute(db).await.expect("time passes");
}

async fn all(db: &Db, limit: i64) -> Vec<Expiring> {
    let mut rows: Vec<Expiring> = Vec::new();
    loop {
        let page = next_to_expire(db, rows.last().map(Expiring::cursor), limit).await.expect("a page");
        if page.is_empty() {
            return rows;
        }
        rows.extend(page);
    }
}

/// The results that are counted, and those that there are, by the hour.
async fn counts(db: &Db) -> (String, String) {
    let counted = "select coalesce(string_agg(format('%s %s %s', hour, results, bytes), ', ' order by hour), '')
        from stat_expiry where results <> 0 or bytes <> 0";
    let stored = "select coalesce(string_agg(format('%s %s %s', hour, results, bytes), ', ' order by hour), '') from (
            select date_trunc('hour', expires_at, 'UTC') as hour, count(*) as results, sum(size) as bytes from result group by 1
        ) as stored";
    let read = async |sql: &'static str| sqlx::query_scalar(sql).fetch_one(db).await.expect("counts");
    (read(counted).await, read(stored).await)
}

#[tokio::test]
async fn pages_of_what_expires_next_have_neither_gaps_nor_repeats() {
    with_database(async |database| {
        let db = &database.db;
        let jobs = completed(db, 40).await;
        // The oldest first, over all hours of the ring, some at the same time.
        for (number, job) in (0_i64..).zip(&jobs) {
            aged(db, *job, 24 * 60 - 5 - number / 2 * 70).await;
        }
        let extended = extend(db, &actor(), &jobs[2..4], 3).await.expect("an extension");
        assert!(extended.iter().all(|row| matches!(row.extension, Extension::Extended { .. })), "{extended:?}");
        delete(db, &actor(), &jobs[7..8]).await.expect("a deletion");

        let expected: Vec<JobId> =
            sqlx::query_scalar("select id from job where expires_at > now() order by expires_at, id")
                .fetch_all(db)
                .await
                .expect("ids");

        assert_eq!(expected.len(), 39);
        for limit in [1, 7, 200] {
            let rows = all(db, limit).await;
            assert_eq!(rows.iter().map(|row| row.job).collect::<Vec<_>>(), expected, "{limit}");
            assert_eq!(rows.iter().filter(|row| row.extended).count(), 2);
            assert!(rows.iter().all(|row| row.account == "ada" && row.size == 10));
        }
        let later = Utc::now() + Duration::from_hours(10);
        let rows = next_to_expire(db, Some(ExpiryCursor::At(later)), 200).await.expect("a page");
        assert!(!rows.is_empty() && rows.iter().all(|row| row.expires_at >= later));
    })
    .await;
}

#[tokio::test]
async fn a_page_of_a_full_bucket_reads_few_rows() {
    with_database(async |database| {
        let db = &database.db;
        completed(db, 1).await;
        // As many as 1 M a day are in an hour, all of them half expired.
        let fill = "insert into result (slot, job, account, lease, content_type, digest, size, bytes, created_at, expires_at)
            select ring_slot(now() - interval '24 hours' + interval '30 minutes'), uuid_at(now() - (50000 - n) * interval '70 ms'),
                (select id from account), n, 'image/png', sha256('x'), 1, 'x', now() - interval '24 hours',
                now() + (n - 20000) * interval '70 ms'
            from generate_series(1, 50000) as n";
        sqlx::query(fill).execute(db).await.expect("results");
        let explain = "explain (analyze, buffers, format json) select * from expiring_results(now(), 'infinity', 50)";
        // The first time, a session also reads what the catalogue says of the 32 buckets.
        let mut session = PgConnection::connect(&database.url).await.expect("a session");
        sqlx::query(explain).execute(&mut session).await.expect("a plan");
        let plan: serde_json::Value = sqlx::query_scalar(explain).fetch_one(&mut session).await.expect("a plan");
        let plan = &plan[0]["Plan"];
        let buffers = plan["Shared Hit Blocks"].as_i64().zip(plan["Shared Read Blocks"].as_i64()).expect("buffers");
        let page = next_to_expire(db, None, 50).await.expect("a page");
        let accounts = by_account(db, Utc::now()).await.expect("accounts");
        sqlx::query("delete from result where digest = sha256('x')").execute(db).await.expect("an end");

        println!("{buffers:?} {:?}", plan["Actual Rows"]);
        assert!(buffers.0 + buffers.1 <= 300, "{plan}");
        assert_eq!(page.len(), 50);
        assert!(page.windows(2).all(|pair| pair[0].expires_at <= pair[1].expires_at));
        assert!(page[49].expires_at < Utc::now() + Duration::from_secs(20), "{:?}", page[49]);
        assert_eq!((accounts.sampled, accounts.accounts.len()), (result::MAX_SAMPLED, 1));
    })
    .await;
}

#[tokio::test]
async fn a_result_is_kept_until_the_ring_needs_its_bucket() {
    with_database(async |database| {
        let db = &database.db;
        let jobs = completed(db, 2).await;
        let (job, other) = (jobs[0], jobs[1]);

        let first = extend(db, &actor(), &[job], 1).await.expect("an extension");
        let Extension::Extended { from, until } = first[0].extension else { panic!("{first:?}") };
        assert_eq!((until - from).num_seconds(), 3_600);
        let second = extend(db, &actor(), &[job, other], 24).await.expect("an extension");
        let limit = |row: &result::Extended| match row.extension {
            Extension::Extended { until, .. } => until,
            Extension::Limited { .. } | Extension::NoResult => panic!("{row:?}"),
        };
        let limit = [limit(&second[0]), limit(&second[1])];
        let third = extend(db, &actor(), &[job], 24).await.expect("an extension");

        // The ring has 32 buckets of an hour; this one is written again after 31 to 32 hours.
        assert_eq!(limit[0], limit[1]);
        assert!((6..=7).contains(&(limit[0] - from).num_hours()), "{from} {limit:?}");
        assert_eq!(third[0].extension, Extension::Limited { until: limit[0] });
        assert_eq!(database.scalar("select count(*) from result join job on id = job where result.expires_at = job.expires_at").await, 2);
        assert_eq!(
            database.scalar("select count(*) from event where kind = 'result.extended' and actor is not null and job is not null").await,
            3
        );
        let (counted, stored) = counts(db).await;
        assert_eq!(counted, stored);
    })
    .await;
}

#[tokio::test]
async fn with_a_long_retention_a_result_is_extended_by_24_hours() {
    with_database(async |database| {
        let db = &database.db;
        set_retention(db, &actor(), Duration::from_hours(672)).await.expect("a retention");
        let jobs = completed(db, 1).await;

        let extended = extend(db, &actor(), &jobs, 99).await.expect("an extension");

        let Extension::Extended { from, until } = extended[0].extension else { panic!("{extended:?}") };
        assert_eq!((until - from).num_seconds(), 24 * 3_600);
    })
    .await;
}

#[tokio::test]
async fn a_bucket_stays_for_a_result_that_was_extended_and_goes_after_it() {
    with_database(async |database| {
        let db = &database.db;
        let jobs = completed(db, 2).await;
        for job in &jobs {
            aged(db, *job, 24 * 60 - 1).await;
        }
        extend(db, &actor(), &jobs[..1], 2).await.expect("an extension");
        let pass = async |interval: &str| {
            for table in ["job", "result"] {
                let sql = format!("update {table} set expires_at = expires_at - interval '{interval}'");
                sqlx::query(AssertSqlSafe(sql)).execute(db).await.expect("time passes");
            }
        };

        pass("1 hour").await;
        let kept = job::expire(db).await.expect("a sweep");
        let found = [result::find_any(db, jobs[0]).await.is_ok(), result::find_any(db, jobs[1]).await.is_ok()];
        pass("2 hours").await;
        let swept = job::expire(db).await.expect("a sweep");

        assert_eq!((kept, found, swept), (0, [true, false], 1));
        assert_eq!(database.scalar("select count(*) from result").await, 0);
    })
    .await;
}

#[tokio::test]
async fn what_has_no_result_is_neither_extended_nor_deleted() {
    with_database(async |database| {
        let db = &database.db;
        let ended = completed(db, 1).await[0];
        aged(db, ended, 25 * 60).await;
        let waits = submit_job(db, &create_account(db, "bob", 5).await).await;
        let unknown = JobId::new();
        let jobs = [ended, waits, unknown];

        let extended = extend(db, &actor(), &jobs, 5).await.expect("a call");
        let deleted = delete(db, &actor(), &jobs[1..]).await.expect("a call");

        assert!(extended.iter().all(|row| row.extension == Extension::NoResult), "{extended:?}");
        assert!(deleted.iter().all(|row| row.bytes.is_none()), "{deleted:?}");
        assert_eq!(database.scalar("select count(*) from event where kind like 'result.%'").await, 0);
        // One that has expired, and is still stored, can be deleted.
        assert_eq!(delete(db, &actor(), &[ended]).await.expect("a call")[0].bytes, Some(10));
        assert_eq!(database.scalar("select count(*) from result").await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_deleted_result_is_reported_as_expired_and_its_job_as_completed() {
    with_service(async |service: &Service| {
        let key = service.account("ada", 5).await;
        let caller = domain::key::verify(&service.db, &key).await.expect("a caller");
        let job = submit_job(&service.db, &caller).await;
        let claim = claim_one(&service.db, register_reaper(&service.db, "live").await).await;
        claim.lease.complete(&service.db, &rendered(10)).await.expect("a live lease");
        flush(&service.db).await.expect("counts");
        let path = format!("/v1/jobs/{job}/result");
        assert_eq!(service.get(&key, &path).await.status, 200);

        extend(&service.db, &actor(), &[job], 5).await.expect("an extension");
        let shown = service.get(&key, &format!("/v1/jobs/{job}")).await.json();
        let expires_at: DateTime<Utc> = shown["expires_at"].as_str().expect("a time").parse().expect("a time");
        assert!(expires_at > Utc::now() + Duration::from_hours(28), "{shown}");
        assert_eq!(service.get(&key, &path).await.status, 200);

        let deleted = delete(&service.db, &actor(), &[job]).await.expect("a deletion");
        assert_eq!(deleted[0].bytes, Some(10));
        let response = service.get(&key, &path).await;
        assert_eq!((response.status, &response.json()["detail"]["code"]), (410, &"RESULT_EXPIRED".into()));
        assert_eq!(service.get(&key, &format!("/v1/jobs/{job}")).await.json()["status"], "completed");
        let bob = service.account("bob", 5).await;
        assert_eq!(service.get(&bob, &path).await.status, 404);
        assert_eq!(delete(&service.db, &actor(), &[job]).await.expect("a call")[0].bytes, None);
        assert!(matches!(result::find_any(&service.db, job).await, Err(FindError::Expired(_))));
        assert_eq!(service.scalar("select coalesce(sum(results), 0)::bigint from stat_expiry").await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_preview_has_the_thumbnail_or_the_first_bytes() {
    with_database(async |database| {
        let db = &database.db;
        let ada = create_account(db, "ada", 5).await;
        let worker = register_reaper(db, "live").await;
        let mut previews = Vec::new();
        for thumbnail in [None, Some(vec![9; 100]), Some(vec![9; MAX_THUMBNAIL_BYTES + 1])] {
            let job = submit_job(db, &ada).await;
            let rendered = Rendered { thumbnail, ..rendered(5_000) };
            claim_one(db, worker).await.lease.complete(db, &rendered).await.expect("a live lease");
            let preview = preview(db, job).await.expect("a call").expect("a result");
            assert_eq!((preview.content_type.as_str(), preview.size), ("image/png", 5_000));
            previews.push((preview.thumbnail.map(|bytes| bytes.len()), preview.head.len()));
        }
        let waits = submit_job(db, &ada).await;

        // A thumbnail that is too large is left out, and fails nothing.
        assert_eq!(previews, [(None, 2_048), (Some(100), 0), (None, 2_048)]);
        assert_eq!(preview(db, waits).await.expect("a call"), None);
        let storage = storage(db).await.expect("sizes");
        assert!(storage.result_bytes > 0 && storage.buckets == 1 && storage.swept.is_empty(), "{storage:?}");
        assert_eq!(storage.retention, Duration::from_hours(24));
    })
    .await;
}
