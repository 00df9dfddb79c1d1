//! `tintype doctor`: what it finds, and with which exit code it ends.

use harness::{Database, Output, PostgresServer, Service, binary, run, with_service, with_service_on};
use serde_json::Value;

async fn doctor(url: &str, args: &[&str]) -> Output {
    run(&binary("tintype"), &[&["doctor"], args].concat(), &[("DATABASE_URL", url)]).await
}

/// Returns the status and the value of a check.
async fn finding(service: &Service, check: &str, value: &str) -> (String, String) {
    let output = doctor(&service.database_url, &["--json"]).await;
    let report: Value = serde_json::from_str(&output.stdout).expect("JSON");
    let findings = report["findings"].as_array().expect("findings");
    let is_it =
        |finding: &&Value| finding["check"] == check && finding["value"].as_str().expect("text").contains(value);
    let found = findings.iter().find(is_it).unwrap_or_else(|| panic!("no {check} with {value:?} in {report}"));
    (found["status"].as_str().expect("a status").to_owned(), found["value"].as_str().expect("a value").to_owned())
}

#[tokio::test]
async fn each_check_prints_its_status_and_the_way_out() {
    with_service(async |service| {
        let output = doctor(&service.database_url, &[]).await;

        // The tests' server is not durable.
        assert_eq!(output.code, Some(1), "{}", output.stderr);
        for check in [
            "server",
            "encoding",
            "schema",
            "fsync",
            "wal_level",
            "connections",
            "transactions",
            "dead rows",
            "sizes",
            "partitions",
            "default partition",
            "results per day",
            "WAL per day",
            "clock",
            "round trip",
            "notifications",
            "role of the server",
            "standbys",
            "replication slots",
        ] {
            assert!(output.stdout.lines().any(|line| line[9..].starts_with(check)), "{check}: {}", output.stdout);
        }
        let fsync: Vec<_> = output.stdout.lines().skip_while(|line| !line.contains("fsync")).take(2).collect();
        assert!(fsync[0].starts_with("fail") && fsync[1].trim().starts_with("→ a crash"), "{fsync:?}");
        assert_eq!(finding(service, "partitions", "2 ahead").await.0, "ok");
        assert_eq!(finding(service, "notifications", "received").await.0, "ok");
    })
    .await;
}

#[tokio::test]
async fn missing_partitions_and_jobs_outside_of_them_are_found() {
    with_service(async |service| {
        service
            .execute(
                "do $$ declare part text; begin
                    for part in select inhrelid::regclass from pg_inherits
                        where inhparent = 'job'::regclass and inhrelid <> 'job_default'::regclass
                    loop
                        execute format('drop table %s', part);
                    end loop;
                end $$",
            )
            .await;
        let key = service.account("ada", 5).await;
        service.submit(&key, "pdf", serde_json::json!({"html": "<p>"})).await;

        assert_eq!(finding(service, "partitions", "0 days").await.0, "fail");
        assert_eq!(finding(service, "default partition", "has jobs").await.0, "warn");
    })
    .await;
}

#[tokio::test]
async fn an_old_transaction_is_named() {
    // A server of its own: transactions of other tests may be older.
    let server = PostgresServer::start().await;
    with_service_on(Database::create_at(&server.url).await, async |service| {
        let mut transaction = service.db.pool().begin().await.expect("a transaction");
        sqlx::query("set local application_name = 'report of eve'").execute(&mut *transaction).await.expect("a name");

        let (status, value) = finding(service, "transactions", "report of eve").await;

        assert_eq!(status, "ok", "it is young");
        assert!(value.contains("idle in transaction"), "{value}");
    })
    .await;
}

#[tokio::test]
async fn a_database_without_the_schema_fails_and_one_that_is_away_cannot_be_checked() {
    with_service(async |service| {
        let empty = format!("{}_empty", service.database_url.split(['/', '?']).nth(3).expect("a name"));
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("create database {empty}")))
            .execute(&service.db)
            .await
            .expect("a database");
        let url = service.database_url.replacen(empty.trim_end_matches("_empty"), &empty, 1);

        let absent = doctor(&url, &[]).await;
        let away = doctor("postgres://127.0.0.1:1/tintype", &[]).await;

        assert_eq!(absent.code, Some(1), "{}", absent.stderr);
        assert!(absent.stdout.contains("run `tintype migrate`"), "{}", absent.stdout);
        assert_eq!((away.code, away.stdout.as_str()), (Some(2), ""), "{}", away.stderr);
        let drop = format!("drop database {empty} with (force)");
        sqlx::raw_sql(sqlx::AssertSqlSafe(drop)).execute(&service.db).await.expect("no database");
    })
    .await;
}
