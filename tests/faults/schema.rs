//! Schemas that are absent, older, newer or another program's, and what `migrate` refuses.

use std::time::Duration;

use domain::db::{MIGRATOR, MigrateError, SchemaState, migrate, schema_state};
use harness::{Database, Service, binary, run, with_database, with_empty_database, with_service};
use serde_json::Value;
use sqlx::AssertSqlSafe;
use tokio::time::timeout;

use super::{Client, UNFINISHED, async_job, job_id};

/// What `ready` and the commands say about the schema.
async fn shown(service: &Service) -> (u16, String, String) {
    let ready = Client::new(&service.url, "").get("/health/ready").await;
    let overview = run(&binary("tintype"), &["overview"], &[("DATABASE_URL", &service.database_url)]).await;
    (ready.status, ready.json()["detail"]["message"].as_str().unwrap_or_default().to_owned(), overview.stderr)
}

/// Keeps the migrations of this version apart from those that the database is said to have.
const HIDE: &str = "create table hidden as table _sqlx_migrations";
const SHOW: &str = "truncate _sqlx_migrations; insert into _sqlx_migrations table hidden; drop table hidden";

#[tokio::test]
async fn absent_and_older_schemas_are_named_with_the_same_words_and_the_way_out() {
    with_service(async |service| {
        service.execute(HIDE).await;
        for (change, word) in [
            ("delete from _sqlx_migrations where version > 13", "older"),
            ("delete from _sqlx_migrations", "does not have Tintype's schema"),
            ("alter table _sqlx_migrations rename to away", "does not have Tintype's schema"),
        ] {
            service.execute(change).await;
            let (status, ready, command) = shown(service).await;

            assert_eq!(status, 503, "{change}");
            assert!(ready.contains(word) && ready.contains("run `tintype migrate`"), "{change}: {ready}");
            assert!(command.contains(&ready), "{change}: {command}");
        }
        service.execute("alter table away rename to _sqlx_migrations").await;
        service.execute(SHOW).await;
        assert_eq!(shown(service).await.0, 200);
    })
    .await;
}

#[tokio::test]
async fn a_newer_schema_is_worked_on_and_an_older_migrate_leaves_it_and_says_so() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let later = "insert into _sqlx_migrations values (9999, 'later', now(), true, '\\x00', 0)";
        service.execute(later).await;
        let _worker = service.worker_process(1).await;
        let client = Client::new(&service.url, &key);

        let url = [("DATABASE_URL", service.database_url.as_str())];
        let migrated = run(&binary("tintype"), &["migrate"], &url).await;
        let json = run(&binary("tintype"), &["migrate", "--json"], &url).await;
        let job = job_id(&client.post("/v1/screenshot", &async_job()).await);
        let ended = service.wait_for_job(&key, &job).await;

        assert_eq!((shown(service).await.0, &ended["status"]), (200, &Value::from("completed")));
        assert_eq!(migrated.code, Some(0), "{migrated:?}");
        assert!(migrated.stdout.contains("nothing was changed") && migrated.stdout.contains("newer"), "{migrated:?}");
        assert!(json.stdout.contains("\"schema\":\"newer\""), "{json:?}");
        service.wait_for(async || (service.scalar(UNFINISHED).await == 0).then_some(())).await;
        service.execute("delete from _sqlx_migrations where version = 9999").await;
    })
    .await;
}

#[tokio::test]
async fn a_worker_waits_for_a_schema_that_it_can_work_on() {
    with_empty_database("", async |database| {
        let env = [("DATABASE_URL", database.url.as_str()), ("TINTYPE_SLOTS", "1"), ("RUST_LOG", "info")];
        let mut worker = harness::Process::start(&binary("tintype-worker"), &[], &env);

        // The worker has started its browser and asks for the schema again and again.
        let asked = "select count(*) from pg_stat_activity
            where datname = current_database() and application_name like 'tintype-worker%'";
        let asks = async { while database.scalar(asked).await == 0 {} };
        timeout(harness::TEST_TIMEOUT, asks).await.expect("the worker connects");
        assert!(worker.is_running(), "it waits");
        migrate(&database.db).await.expect("the migrations run");
        let registered = async { while database.scalar("select count(*) from worker").await == 0 {} };
        timeout(harness::TEST_TIMEOUT, registered).await.expect("the worker registers");
        worker.signal(nix::sys::signal::Signal::SIGTERM);
        assert_eq!(worker.wait().await, Some(0));
    })
    .await;
}

#[tokio::test]
async fn a_role_that_may_not_read_the_schemas_version_is_shown_what_to_grant() {
    with_service(async |service| {
        let role = format!("blind_{}", uuid::Uuid::now_v7().simple());
        let create = format!("create role {role} login; grant usage on schema public to {role}");
        sqlx::raw_sql(AssertSqlSafe(create)).execute(&service.db).await.expect("a role");
        let mut url = reqwest::Url::parse(&service.database_url).expect("a URL");
        url.set_username(&role).expect("a URL with a user");
        let api = Client::new(&service.start_api(url.as_str()).await, "");

        let ready = api.get("/health/ready").await;

        assert_eq!(ready.status, 503);
        let grant = format!("grant select on _sqlx_migrations to {role}");
        assert!(ready.json().to_string().contains(&grant), "{}", ready.json());
        let grant = AssertSqlSafe(format!("{grant}; grant select on setting to {role}"));
        sqlx::raw_sql(grant).execute(&service.db).await.expect("a grant");
        assert_eq!(api.get("/health/ready").await.status, 200);
        let drop = AssertSqlSafe(format!("drop owned by {role}; drop role {role}"));
        sqlx::raw_sql(drop).execute(&service.db).await.expect("nothing depends on it");
    })
    .await;
}

#[tokio::test]
async fn two_migrates_at_once_migrate_once() {
    with_empty_database("", async |database| {
        let url = [("DATABASE_URL", database.url.as_str())];
        let tool = binary("tintype");

        let (one, other) = tokio::join!(run(&tool, &["migrate"], &url), run(&tool, &["migrate"], &url));

        assert_eq!((one.code, other.code), (Some(0), Some(0)), "{one:?} {other:?}");
        assert_eq!(schema_state(&database.db).await.ok(), Some(SchemaState::Current));
    })
    .await;
}

#[tokio::test]
async fn migrate_refuses_another_encoding_and_another_programs_schema() {
    let options = "encoding 'SQL_ASCII' lc_collate 'C' lc_ctype 'C' template template0";
    with_empty_database(options, async |database| {
        let refused = run(&binary("tintype"), &["migrate"], &[("DATABASE_URL", &database.url)]).await;
        assert!(refused.code == Some(1) && refused.stderr.contains("encoding 'UTF8'"), "{refused:?}");
    })
    .await;
    with_empty_database("", async |database| {
        let others = "create table _sqlx_migrations (version bigint primary key, description text not null,
                installed_on timestamptz not null default now(), success boolean not null, checksum bytea not null,
                execution_time bigint not null);
            insert into _sqlx_migrations values (20230101000000, 'theirs', now(), true, '\\x00', 0)";
        database.execute(others).await;
        let refused = run(&binary("tintype"), &["migrate"], &[("DATABASE_URL", &database.url)]).await;
        assert!(refused.code == Some(1) && refused.stderr.contains("another program"), "{refused:?}");
        assert_eq!(database.scalar("select count(*) from pg_class where relname = 'job'").await, 0);
    })
    .await;
}

#[tokio::test]
async fn migrate_names_the_privilege_that_its_role_lacks() {
    with_database(async |database| {
        let role = format!("guest_{}", uuid::Uuid::now_v7().simple());
        let create = AssertSqlSafe(format!("create role {role} login"));
        sqlx::raw_sql(create).execute(&database.db).await.expect("a role");
        let mut url = reqwest::Url::parse(&database.url).expect("a URL");
        url.set_username(&role).expect("a URL with a user");
        let migrate = async || run(&binary("tintype"), &["migrate"], &[("DATABASE_URL", url.as_str())]).await.stderr;

        let not_owner = migrate().await;
        database.execute("alter table _sqlx_migrations rename to hidden").await;
        let no_privilege = migrate().await;
        database.execute("alter table hidden rename to _sqlx_migrations").await;

        assert!(not_owner.contains("the schema belongs to postgres"), "{not_owner}");
        let grant = format!("grant create on schema public to {role}");
        assert!(no_privilege.contains(&grant), "{no_privilege}");
        let drop = AssertSqlSafe(format!("drop role {role}"));
        sqlx::raw_sql(drop).execute(&database.db).await.expect("nothing depends on it");
    })
    .await;
}

#[tokio::test]
async fn a_migration_that_a_transaction_blocks_gives_up_and_names_it() {
    with_empty_database("", async |database: &Database| {
        MIGRATOR.run_to(13, database.db.pool()).await.expect("the earlier migrations run");
        let mut reader = database.db.pool().begin().await.expect("a transaction");
        let read = "select set_config('application_name', 'nightly report', false), count(*)::text from job";
        sqlx::raw_sql(read).execute(&mut *reader).await.expect("a long read");

        let outcome = timeout(Duration::from_secs(40), migrate(&database.db)).await.expect("it gives up");
        let Err(MigrateError::Blocked(Some(blocker))) = outcome else { panic!("{outcome:?}") };
        assert_eq!(blocker.application_name, "nightly report");
        assert!(MigrateError::Blocked(Some(blocker)).to_string().contains("pg_terminate_backend("));
        reader.rollback().await.expect("the read ends");

        assert_eq!(migrate(&database.db).await.ok(), Some(SchemaState::Current));
    })
    .await;
}
