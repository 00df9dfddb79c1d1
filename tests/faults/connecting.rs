//! Connections that cannot be had: the cause is shown where people look.

use domain::db::{connect_lazily, describe, readiness, schema_state};
use harness::{binary, run, with_database, with_service};
use sqlx::AssertSqlSafe;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::Client;

/// A port on which nothing listens.
async fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.and_then(|free| free.local_addr()).expect("a port").port()
}

#[tokio::test]
async fn readiness_names_the_cause_of_a_missing_connection() {
    with_database(async |database| {
        let role = format!("full_{}", uuid::Uuid::now_v7().simple());
        let create = format!("create role {role} login connection limit 0; create role {role}_out nologin");
        sqlx::raw_sql(AssertSqlSafe(create)).execute(&database.db).await.expect("roles");
        let with = |change: &dyn Fn(&mut reqwest::Url)| {
            let mut url = reqwest::Url::parse(&database.url).expect("a URL");
            change(&mut url);
            String::from(url)
        };
        let closed = closed_port().await;
        let cases = [
            (format!("postgres://u:secret@127.0.0.1:{closed}/db"), "connection refused".to_owned()),
            (format!("postgres://u:secret@[::1]:{closed}/db"), "connection refused".to_owned()),
            ("postgres:///db?host=/nonexistent".to_owned(), "its socket does not exist".to_owned()),
            (with(&|url| url.set_path("/nowhere")), "database \"nowhere\" does not exist".to_owned()),
            (
                with(&|url| url.set_username(&role).expect("a user")),
                format!("too many connections for role \"{role}\""),
            ),
            (
                with(&|url| url.set_username(&format!("{role}_out")).expect("a user")),
                format!("role \"{role}_out\" is not permitted to log in"),
            ),
        ];

        let mut checks = JoinSet::new();
        for (url, says) in cases {
            checks.spawn(async move {
                let db = connect_lazily(&url, 1).expect("a URL");
                let start = Instant::now();
                let ready = readiness(&db).await.expect_err("no connection").to_string();
                let waited = start.elapsed();
                let failed = describe(&schema_state(&db).await.expect_err("no connection"));
                (says, ready, waited, failed)
            });
        }
        for (says, ready, waited, failed) in checks.join_all().await {
            assert!(ready.contains(&says), "{says}: {ready}");
            assert!(failed.contains(&says), "{says}: {failed}");
            assert!(!ready.contains("secret"), "{ready}");
            assert!(waited.as_secs() < 3, "{says}: {waited:?}");
        }
        let drop = AssertSqlSafe(format!("drop role {role}; drop role {role}_out"));
        sqlx::raw_sql(drop).execute(&database.db).await.expect("nothing depends on them");
    })
    .await;
}

#[tokio::test]
async fn a_server_that_does_not_respond_is_distinguished_from_one_that_refuses() {
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("postgres://u@127.0.0.1:{}/db?sslmode=disable", silent.local_addr().expect("an address").port());
    let db = connect_lazily(&url, 1).expect("a URL");

    let ready = readiness(&db).await.expect_err("no response").to_string();

    assert!(ready.contains("the server does not respond"), "{ready}");
}

#[tokio::test]
async fn a_pool_whose_connections_are_all_in_use_says_so_and_readiness_does_not_wait_behind_them() {
    with_database(async |database| {
        let separator = if database.url.contains('?') { '&' } else { '?' };
        let url = format!("{}{separator}connect_timeout=1", database.url);
        let db = connect_lazily(&url, 1).expect("a URL");
        let busy = db.pool().acquire().await.expect("a connection");

        let failed = describe(&schema_state(&db).await.expect_err("no connection is free"));
        let ready = readiness(&db).await;
        drop(busy);

        assert_eq!(failed, "all 1 connections of this process are in use");
        assert!(ready.is_ok(), "{ready:?}");
    })
    .await;
}

#[tokio::test]
async fn the_api_and_the_commands_name_the_cause_and_no_password() {
    with_service(async |service| {
        let url = format!("postgres://u:hunter2@127.0.0.1:{}/db", closed_port().await);
        let api = Client::new(&service.start_api(&url).await, "");

        let ready = api.get("/health/ready").await;
        let command = run(&binary("tintype"), &["overview"], &[("DATABASE_URL", &url)]).await;
        let invalid = run(&binary("tintype-api"), &[], &[("DATABASE_URL", "postgres://u:hun/ter2@h/db")]).await;
        let misspelled = run(&binary("tintype"), &["audit"], &[("DATABASE_URL", "postgres://h/db?sslmod=x")]).await;

        assert_eq!(ready.status, 503);
        assert!(ready.json().to_string().contains("connection refused"), "{}", ready.json());
        assert!(command.stderr.contains("the database cannot be reached: connection refused"), "{command:?}");
        assert!(invalid.code == Some(1) && invalid.stderr.contains("%2F"), "{invalid:?}");
        assert!(misspelled.code == Some(2) && misspelled.stderr.contains("did you mean `sslmode`?"), "{misspelled:?}");
        for text in [ready.json().to_string(), command.stderr, invalid.stderr] {
            assert!(!text.contains("hunter2") && !text.contains("ter2"), "{text}");
        }
    })
    .await;
}
