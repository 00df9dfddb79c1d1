//! Upgrades: a database that an earlier version wrote is migrated without loss, and the jobs
//! that it left unfinished are rendered.

use chrono::{DateTime, TimeDelta, Utc};
use harness::{Database, with_service_on};
use serde_json::json;

/// The rows that the version before migration 0010 wrote.
const DUMP: &str = include_str!("before_0010.sql");

/// The first 32 bits of every job id in the dump: the time of its submission, in units of [`UNIT_MS`].
const TIME_IN_DUMP: i64 = 0x01a2_2199;

/// A `UUIDv7` starts with 48 bits of milliseconds, so its first 32 bits count units of 65,536 ms.
const UNIT_MS: i64 = 1 << 16;

/// The URL of the one job in the dump that is not for a document.
const URL_IN_DUMP: &str = "http://127.0.0.1:18099/page";

/// Moves the jobs and the timestamps of the dump to the last two minutes: results expire after 24 hours, and history
/// is dropped after 30 days.
fn dump_of_today() -> String {
    let time = Utc::now().timestamp_millis() / UNIT_MS - 1;
    let age = TimeDelta::milliseconds((time - TIME_IN_DUMP) * UNIT_MS);
    let dump = DUMP.replace(&format!("{TIME_IN_DUMP:08x}"), &format!("{time:08x}"));
    let literals = dump.split('\'').map(|literal| {
        let timestamp = DateTime::parse_from_str(literal, "%Y-%m-%d %H:%M:%S%.f%#z");
        timestamp.map_or_else(|_other| literal.to_owned(), |timestamp| (timestamp + age).to_rfc3339())
    });
    literals.collect::<Vec<_>>().join("'")
}

#[tokio::test]
async fn a_database_of_the_version_before_0010_keeps_every_row_and_its_jobs_are_rendered() {
    let database = Database::restore(9, dump_of_today()).await;
    let rows = "select (select count(*) from job) * 100 + (select count(*) from ledger)";
    assert_eq!(database.scalar(rows).await, 1317, "13 jobs and 17 movements of credits");
    database.execute("update queue set created_at = now()").await;
    database.audit().await;

    with_service_on(database, async |service| {
        let key = service.key("ada").await;
        service.site.put_html("/page", "<h1>page</h1>");
        let url = service.site.page("/page");
        let moved = format!("update job set options = replace(options::text, '{URL_IN_DUMP}', '{url}')::jsonb");
        sqlx::raw_sql(sqlx::AssertSqlSafe(moved)).execute(&service.db).await.expect("the page is on the test's site");
        service.worker(2).await;
        service.wait_for_count("select count(*) from job where state is not null", 13).await;

        assert_eq!(service.scalar("select count(*) from job where state = 'completed'").await, 11);
        assert_eq!(service.scalar("select count(*) from queue").await, 0);
        let formats = ["png", "jpeg", "webp", "Letter"];
        for format in formats {
            let job = "select id::text from job where options::text like '%' || $1 || '%' order by id desc limit 1";
            let job: String = sqlx::query_scalar(job).bind(format).fetch_one(&service.db).await.expect("a job");
            let job = service.get(&key, &format!("/v1/jobs/{job}")).await.json();
            assert_eq!((&job["format"], &job["status"]), (&json!(format), &json!("completed")), "{job}");
        }
        let jpeg = "select id::text from job where options::text like '%jpeg%'";
        let jpeg: String = sqlx::query_scalar(jpeg).fetch_one(&service.db).await.expect("a job");
        let jpeg = service.get(&key, &format!("/v1/jobs/{jpeg}")).await.json();
        assert_eq!(service.image(&key, &jpeg).await.size(), (1600, 1200), "800 × 600 at 2 device pixels");
    })
    .await;
}
