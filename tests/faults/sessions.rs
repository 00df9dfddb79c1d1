//! Sessions: what the role, the database or a pooler would make of them.

use std::fmt::Write as _;

use domain::db::{connect_lazily, describe, readiness};
use futures_util::future::join_all;
use harness::{PgBouncer, Proxy, Service, binary, run, skip, with_database, with_service};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

use super::{BALANCE, Client, DEBITS, REFUNDS, UNFINISHED, worker_through};

/// Settings of a role that change what statements do, and what they must be in our sessions.
const HOSTILE: [(&str, &str, &str); 23] = [
    ("default_transaction_isolation", "serializable", "read committed"),
    ("default_transaction_deferrable", "on", "off"),
    ("idle_in_transaction_session_timeout", "1ms", "1min"),
    ("idle_session_timeout", "2s", "0"),
    ("statement_timeout", "2s", "10s"),
    ("lock_timeout", "1ms", "9s"),
    ("standard_conforming_strings", "off", "on"),
    ("array_nulls", "off", "on"),
    ("transform_null_equals", "on", "off"),
    ("search_path", "nowhere", "public"),
    ("client_encoding", "LATIN1", "UTF8"),
    ("bytea_output", "escape", "hex"),
    ("TimeZone", "Pacific/Kiritimati", "UTC"),
    ("DateStyle", "German", "ISO, MDY"),
    ("IntervalStyle", "sql_standard", "postgres"),
    ("extra_float_digits", "-15", "1"),
    ("row_security", "off", "on"),
    ("session_replication_role", "replica", "origin"),
    ("plan_cache_mode", "force_custom_plan", "force_generic_plan"),
    ("enable_indexscan", "off", "on"),
    ("jit", "on", "off"),
    ("enable_seqscan", "on", "off"),
    ("client_min_messages", "debug5", "warning"),
];

/// Creates a superuser with all of these settings, and returns the URL of the database for it.
async fn hostile_role(database_url: &str, db: &domain::Db) -> (String, String) {
    let role = format!("hostile_{}", uuid::Uuid::now_v7().simple());
    let mut sql = format!("create role {role} superuser login;");
    for (name, value, _) in HOSTILE {
        let value = if name == "DateStyle" { "'German'".to_owned() } else { format!("'{value}'") };
        let _into_a_string = write!(sql, "alter role {role} set {name} = {value};");
    }
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(db).await.expect("a role");
    let mut url = reqwest::Url::parse(database_url).expect("a URL");
    url.set_username(&role).expect("a URL with a user");
    (url.into(), role)
}

async fn drop_role(db: &domain::Db, role: &str) {
    sqlx::raw_sql(AssertSqlSafe(format!("drop role {role}"))).execute(db).await.expect("nothing depends on it");
}

/// Jobs through another API: rendered, failed and refunded, cancelled.
async fn life_of_jobs(service: &Service, client: &Client) {
    let rendered = client.post("/v1/screenshot", &json!({"html": "<p>\u{e9}\\n"})).await;
    assert_eq!(rendered.status, 200, "{}", rendered.json());
    let failed = client.post("/v1/pdf", &json!({"url": "http://127.0.0.1:1/"})).await;
    assert_eq!(failed.status, 422, "an address that is not public: {}", failed.json());
    let missing = json!({"html": "<p>", "selector": "#none"});
    let failed = client.post("/v1/screenshot", &missing).await;
    assert!(failed.status >= 400, "{}", failed.json());
    let usage = client.get("/v1/usage").await;
    assert_eq!(usage.status, 200, "{}", usage.json());
    let jobs = client.get("/v1/jobs").await;
    assert_eq!(jobs.json()["jobs"].as_array().map(Vec::len), Some(2), "{}", jobs.json());

    service.wait_for(async || (service.scalar(UNFINISHED).await == 0).then_some(())).await;
    let (debits, refunds) = (service.scalar(DEBITS).await, service.scalar(REFUNDS).await);
    assert_eq!((debits, refunds, service.scalar(BALANCE).await), (2, 1, 9));
}

#[tokio::test]
async fn a_role_with_hostile_settings_does_not_change_the_life_of_a_job() {
    with_service(async |service| {
        let key = service.account("ada", 10).await;
        let (url, role) = hostile_role(&service.database_url, &service.db).await;
        let client = Client::new(&service.start_api(&url).await, &key);
        let mut worker = service.worker_process_with(1, &[("DATABASE_URL", &url)]).await;

        life_of_jobs(service, &client).await;

        service.wait_for_count("select count(*) from stat_account where debits > 0", 1).await;
        let overview = run(&binary("tintype"), &["overview", "--json"], &[("DATABASE_URL", &url)]).await;
        let overview: Value = serde_json::from_str(&overview.stdout).expect("an overview");
        assert_eq!(overview["accounts"][0]["credits"], 9);
        let audit = run(&binary("tintype"), &["audit"], &[("DATABASE_URL", &url)]).await;
        assert_eq!(audit.code, Some(0), "{audit:?}");
        worker.signal(nix::sys::signal::Signal::SIGTERM);
        worker.wait().await;
        drop_role(&service.db, &role).await;
    })
    .await;
}

#[tokio::test]
async fn every_session_of_a_service_has_our_settings_whatever_the_role_says() {
    with_database(async |database| {
        let (url, role) = hostile_role(&database.url, &database.db).await;
        let db = connect_lazily(&url, 1).expect("a URL");

        for (name, _, expected) in HOSTILE {
            let set: String =
                sqlx::query_scalar("select current_setting($1)").bind(name).fetch_one(&db).await.expect(name);
            assert_eq!(set, expected, "{name}");
        }

        db.close().await;
        drop_role(&database.db, &role).await;
    })
    .await;
}

#[tokio::test]
async fn a_schema_that_the_url_names_is_searched_instead_of_public() {
    with_database(async |database| {
        database.execute("alter schema public rename to app; create schema public").await;
        let db = connect_lazily(&database.url, 1).expect("a URL");
        let separator = if database.url.contains('?') { '&' } else { '?' };
        let url = format!("{}{separator}options=-c%20search_path%3Dapp", database.url);
        let named = connect_lazily(&url, 1).expect("a URL");

        assert_eq!(readiness(&db).await.map_err(|reason| reason.part()), Err("schema"));
        assert!(readiness(&named).await.is_ok(), "{:?}", readiness(&named).await);

        database.execute("drop schema public; alter schema app rename to public").await;
    })
    .await;
}

#[tokio::test]
async fn a_pooler_in_session_mode_works_as_it_comes() {
    with_service(async |service| {
        let pooler = match PgBouncer::start(&service.database_url, "session").await {
            Ok(pooler) => pooler,
            Err(reason) => return skip(&reason),
        };
        let (key, url) = (service.account("ada", 10).await, pooler.url(&service.database_url));
        let client = Client::new(&service.start_api(&url).await, &key);
        let _worker = service.worker_process_with(1, &[("DATABASE_URL", &url)]).await;

        life_of_jobs(service, &client).await;

        // The connection that listens also notifies.
        let notifying = "select count(*) from pg_stat_activity
            where datname = current_database() and application_name like 'tintype-%'
                and (query like 'LISTEN%' or query like '%pg_notify%')";
        assert!(service.scalar(notifying).await >= 2, "the API and the worker are notified");
        let overview = run(&binary("tintype"), &["overview"], &[("DATABASE_URL", &url)]).await;
        assert_eq!(overview.code, Some(0), "{overview:?}");
    })
    .await;
}

#[tokio::test]
async fn a_pooler_in_transaction_mode_is_refused_by_name() {
    with_service(async |service| {
        let pooler = match PgBouncer::start(&service.database_url, "transaction").await {
            Ok(pooler) => pooler,
            Err(reason) => return skip(&reason),
        };
        let url = pooler.url(&service.database_url);
        let api = Client::new(&service.start_api(&url).await, "");

        let ready = api.get("/health/ready").await;
        let migrated = run(&binary("tintype"), &["migrate"], &[("DATABASE_URL", &url)]).await;

        assert_eq!(ready.status, 503);
        assert!(ready.json().to_string().contains("a pooler in transaction mode"), "{}", ready.json());
        assert_eq!(migrated.code, Some(1), "{migrated:?}");
        assert!(migrated.stderr.contains("a pooler in transaction mode"), "{migrated:?}");
    })
    .await;
}

#[tokio::test]
async fn a_pooler_in_transaction_mode_is_refused_by_sessions_that_begin_while_one_searches_for_it() {
    with_database(async |database| {
        let pooler = match PgBouncer::start(&database.url, "transaction").await {
            Ok(pooler) => pooler,
            Err(reason) => return skip(&reason),
        };
        let db = connect_lazily(&pooler.url(&database.url), 8).expect("a URL");

        for answer in join_all((0..8).map(|_| sqlx::raw_sql("select 1").execute(&db))).await {
            let refused = describe(&answer.expect_err("sessions are not kept"));
            assert!(refused.contains("a pooler in transaction mode"), "{refused}");
        }
    })
    .await;
}

#[tokio::test]
async fn every_session_says_which_program_it_is_and_where() {
    with_service(async |service| {
        let proxy = Proxy::to(&service.database_url).await;
        let _other = service.start_api(proxy.url()).await;
        let _worker = worker_through(service, &proxy, 1).await;
        let named = service.worker_process_with(1, &[("TINTYPE_WORKER_NAME", "north-1")]).await;

        for (name, at_least) in [("tintype-api %:%", 2), ("tintype-worker %:%", 1), ("tintype-worker north-1", 1)] {
            let sessions = "select count(*) from pg_stat_activity
                where datname = current_database() and application_name like $1";
            let sessions: i64 = sqlx::query_scalar(sessions).bind(name).fetch_one(&service.db).await.expect("a number");
            assert!(sessions >= at_least, "{name}: {sessions}");
        }
        drop(named);
    })
    .await;
}
