//! The service with the roles of deploy/: each can do what it must, and nothing else.

use std::process::{Child, Command, Stdio};

use harness::{Database, Output, PostgresServer, Roles, SECRET_KEY, Service, binary, run, with_service_on};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tempfile::NamedTempFile;

use super::{BALANCE, COMPLETED, Client, REFUNDS, async_job, job_id};

/// The SQLSTATE of a statement that a role may not execute.
const DENIED: &str = "42501";

pub(super) async fn with_roles(test: impl AsyncFnOnce(&Service, &Roles)) {
    let server = PostgresServer::start().await;
    let (database, roles): (Database, Roles) = Roles::create(&server).await;
    with_service_on(database, async |service| test(service, &roles).await).await;
}

async fn tintype(url: &str, args: &[&str]) -> Output {
    run(&binary("tintype"), args, &[("DATABASE_URL", url)]).await
}

/// Returns which of these statements are not denied to a role.
async fn allowed<'a>(url: &str, statements: &[&'a str]) -> Vec<&'a str> {
    let mut connection = PgConnection::connect(url).await.expect("a connection");
    let mut allowed = Vec::new();
    for statement in statements {
        let result = connection.execute(AssertSqlSafe((*statement).to_owned())).await;
        let code = result.err().and_then(|error| Some(error.as_database_error()?.code()?.into_owned()));
        if code.as_deref() != Some(DENIED) {
            allowed.push(*statement);
        }
    }
    allowed
}

/// Everything that the workers' maintenance deletes or creates: an expired result, a day of
/// history, old events and counters, and a day that has no partition yet.
const DUE: &str = "
    update job set expires_at = now() - interval '1 second' where state = 'completed';
    update result set expires_at = now() - interval '1 second';
    update result set slot = (slot + 16) % 32;
    update job set slot = (slot + 16) % 32 where slot is not null;
    update idempotency set created_at = now() - interval '2 days';
    set role tintype_owner;
    select stand_job_partition((now() at time zone 'UTC')::date - 40);
    reset role;
    insert into event (at, kind) values (now() - interval '40 days', 'old');
    insert into stat_minute (minute) values (date_trunc('minute', now() - interval '40 days'));
    do $$ begin
        execute format('drop table job_%s', to_char((now() at time zone 'UTC')::date + 2, 'YYYYMMDD'));
    end $$;
";

/// How much of that is left.
const LEFT: &str = "
    select (select count(*) from result)
        + (select count(*) from idempotency)
        + (select count(*) from event where kind = 'old')
        + (select count(*) from stat_minute where minute < now() - interval '30 days')
        + (to_regclass('job_' || to_char((now() at time zone 'UTC')::date - 40, 'YYYYMMDD')) is not null)::int
        + (to_regclass('job_' || to_char((now() at time zone 'UTC')::date + 2, 'YYYYMMDD')) is null)::int
";

#[tokio::test]
async fn a_service_without_ownership_runs_a_jobs_whole_life() {
    with_roles(async |service, roles| {
        service.site.put_html("/page", "<h1>page</h1>");
        let first = service.worker_process(1).await;
        let key = service.account("ada", 50).await;

        let secret = json!({"url": service.site.page("/page"), "headers": {"X-Api": "hunter2"}});
        let rendered = service.screenshot(&key, secret).await;
        service.image(&key, &rendered).await;
        let failed = service.screenshot(&key, json!({"html": "<p>", "wait_for": "p["})).await;
        assert_eq!((&failed["status"], service.scalar(REFUNDS).await), (&json!("failed"), 1), "{failed}");
        let client = Client::new(&service.url, &key);
        let submitted = client.post_idempotent("once", "/v1/pdf", &async_job()).await;
        let repeated = client.post_idempotent("once", "/v1/pdf", &async_job()).await;
        assert_eq!(job_id(&submitted), job_id(&repeated));
        let retry = format!("/v1/jobs/{}/retry", failed["job_id"].as_str().expect("an id"));
        assert_eq!(client.post(&retry, &json!({})).await.status, 202);
        service.wait_for_count("select count(*) from job where state is not null", 4).await;
        assert_eq!((service.scalar(COMPLETED).await, service.scalar(BALANCE).await), (2, 48));

        let retention = tintype(&roles.owner, &["retention", "1"]).await;
        assert_eq!(retention.code, Some(0), "{}", retention.stderr);
        drop(first);
        service.execute(DUE).await;
        assert_eq!(service.scalar(LEFT).await, 7);
        let _second = service.worker_process(1).await;
        service.wait_for(async || (service.scalar(LEFT).await == 0).then_some(())).await;
    })
    .await;
}

#[tokio::test]
async fn a_reader_sees_what_the_console_shows_and_no_secret() {
    with_roles(async |service, roles| {
        let key = service.account("ada", 50).await;
        service.post(&key, "/v1/screenshot", &async_job()).await;

        for command in ["overview", "key list", "job list", "events", "audit", "retention"] {
            let output = tintype(&roles.reader, &command.split(' ').collect::<Vec<_>>()).await;
            assert_eq!(output.code, Some(0), "{command}: {}{}", output.stdout, output.stderr);
        }

        // The test's server is not durable, which the doctor fails; nothing is hidden from it.
        let doctor = tintype(&roles.reader, &["doctor"]).await;
        assert_eq!(doctor.code, Some(1), "{}", doctor.stderr);
        assert!(!doctor.stdout.contains("unknown"), "{}", doctor.stdout);
        service
            .execute("revoke pg_read_all_stats from tintype_reader; revoke select on stat_minute from tintype_reader")
            .await;
        let doctor = tintype(&roles.reader, &["doctor"]).await.stdout;
        for hidden in ["unknown  transactions", "unknown  rates"] {
            assert!(doctor.contains(hidden), "{hidden}: {doctor}");
        }

        let secrets = [
            "select digest from api_key",
            "select sealed from secret",
            "select key_id from secret",
            "select html from source",
            "select html from source_0",
            "select bytes from result",
            "select bytes from result_0",
            "select result_slice(0::smallint, gen_random_uuid(), 0, 1)",
            "select source_html(0::smallint, gen_random_uuid())",
            "select fingerprint from idempotency",
        ];
        assert_eq!(allowed(&roles.reader, &secrets).await, [""; 0]);
        let changes = [
            "insert into account (name) values ('eve')",
            "update account set balance = 1",
            "delete from queue",
            "update setting set retention = '2 hours'",
            "truncate event",
            "select nextval('lease_number')",
            "select sweep(0::smallint)",
            "select drop_job_partitions('0')",
            "select stand_job_partitions()",
            "create table mine ()",
        ];
        assert_eq!(allowed(&roles.reader, &changes).await, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn a_service_can_neither_make_money_nor_keys_nor_change_the_schema() {
    with_roles(async |service, roles| {
        service.account("ada", 50).await;

        let changes = [
            "insert into account (name, balance) values ('eve', 1000)",
            "delete from account",
            "update ledger set amount = 1",
            "delete from ledger",
            "insert into api_key (id, account, digest) values ('eve', gen_random_uuid(), decode(repeat('00', 32), 'hex'))",
            "update api_key set revoked_at = now()",
            "update setting set retention = '2 hours'",
            "truncate result_0",
            "drop table job_default",
            "delete from job",
            "alter table job add column mine int",
            "create table mine ()",
            "select stand_job_partition('2020-01-01')",
            "delete from _sqlx_migrations",
        ];
        assert_eq!(allowed(&roles.service, &changes).await, [""; 0]);
        let created = tintype(&roles.service, &["account", "create", "eve"]).await;
        assert_eq!(created.code, Some(1), "{}", created.stdout);
    })
    .await;
}

#[tokio::test]
async fn an_operator_makes_the_changes_of_the_console_and_no_others() {
    with_roles(async |service, roles| {
        let key = service.account("ada", 50).await;
        let worker = service.worker_process(1).await;
        let job = service.screenshot(&key, json!({"html": "<p>"})).await;
        let job: domain::id::JobId = job["job_id"].as_str().and_then(|id| id.parse().ok()).expect("an id");
        let db = domain::db::connect(&roles.operator, 1).await.expect("a connection as the operator");
        let actor = domain::event::Actor { name: "eve".to_owned(), reason: Some("a test".to_owned()) };
        let extended = domain::result::extend(&db, &actor, &[job], 1).await.expect("a result may be extended");
        assert_eq!(extended.len(), 1);
        assert_eq!(domain::result::delete(&db, &actor, &[job]).await.expect("and deleted").len(), 1);
        let events = tintype(&roles.operator, &["workers", "--json"]).await;
        let name = events.stdout.split("\"name\":\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a worker");
        let id = key_id(&key);
        for command in [
            &["account", "create", "bob"][..],
            &["account", "grant", "ada", "5", "--reason", "a test of grants"],
            &["account", "limit", "ada", "--weight", "2"],
            &["account", "suspend", "ada", "--reason", "a test"],
            &["account", "resume", "ada"],
            &["key", "create", "ada"],
            &["key", "rename", id, "ci"],
            &["key", "rotate", id, "--overlap", "0s"],
            &["workers", "drain", name],
            &["workers", "undrain", name],
        ] {
            let output = tintype(&roles.operator, command).await;
            assert_eq!(output.code, Some(0), "{command:?}: {}{}", output.stdout, output.stderr);
        }
        drop(worker);

        let changes = [
            "update ledger set amount = 1",
            "delete from ledger",
            "delete from event",
            "delete from account",
            "delete from job",
            "update api_key set digest = decode(repeat('00', 32), 'hex')",
            "update setting set retention = '2 hours'",
            "update worker set slots = 1; truncate event",
            "select nextval('lease_number')",
            "select sweep(0::smallint)",
            "select drop_job_partitions('0')",
            "create table mine ()",
            "delete from _sqlx_migrations",
            "select digest from api_key",
            "select sealed from secret",
            "select bytes from result",
            "select bytes from result_0",
            "update result_0 set bytes = ''",
            "select fingerprint from idempotency",
        ];
        assert_eq!(allowed(&roles.operator, &changes).await, [""; 0]);
        let needed = [
            "insert into queue select * from queue where false",
            "insert into source select * from source_0 where false",
            "insert into failure select * from failure where false",
            "insert into job select * from job where false",
            "delete from secret where false",
            "delete from idempotency where account = gen_random_uuid()",
            "select last_value from clock_bulk",
            "select end_failed(null::queue[], 'cancelled', '', null, null, null)",
        ];
        assert_eq!(allowed(&roles.operator, &needed).await, needed);
    })
    .await;
}

/// The part of a key that names it.
fn key_id(key: &str) -> &str {
    key.split('_').nth(1).expect("an id")
}

/// A worker process whose log is read. Dropping it kills it.
pub(super) struct LoggedWorker {
    child: Child,
    log: NamedTempFile,
}

impl LoggedWorker {
    /// Starts a worker with one slot.
    pub(super) fn start(service: &Service) -> Self {
        let log = NamedTempFile::new().expect("a file");
        let mut worker = Command::new(binary("tintype-worker"));
        worker
            .env("DATABASE_URL", &service.database_url)
            .env("TINTYPE_SLOTS", "1")
            .env("TINTYPE_SECRET_KEY", SECRET_KEY);
        worker.stdin(Stdio::null()).stderr(log.reopen().expect("a file"));
        Self { child: worker.spawn().expect("the worker starts"), log }
    }

    /// Returns what it has logged until now.
    pub(super) fn log(&self) -> String {
        std::fs::read_to_string(self.log.path()).expect("a log")
    }
}

impl Drop for LoggedWorker {
    fn drop(&mut self) {
        let _exited = self.child.kill().and_then(|()| self.child.wait());
    }
}

#[tokio::test]
async fn a_missing_privilege_is_logged_once_by_name_and_is_no_outage() {
    with_roles(async |service, _| {
        let key = service.account("ada", 50).await;
        service.execute("revoke update on stat_minute from tintype_service").await;
        let worker = LoggedWorker::start(service);

        let job = service.screenshot(&key, json!({"html": "<p>"})).await;
        assert_eq!(job["status"], "completed", "{job}");
        // Three beats, each of which would end an outage.
        for _ in 0..3 {
            service.execute("update worker set beat_at = now() - interval '1 minute', judges_from = now()").await;
            service.wait_for_count("select count(*) from worker where is_heard(beat_at)", 1).await;
        }

        let text = worker.log();
        let named = "the role tintype_service lacks UPDATE on stat_minute: run deploy/grants.sql as the owner, \
                     see docs/operations.md#roles-and-grants";
        assert_eq!(text.matches(named).count(), 1, "{text}");
        assert_eq!(text.matches("`flush_counters` is not permitted: permission denied").count(), 1, "{text}");
        assert!(!text.contains("retrying") && !text.contains("responds again"), "{text}");
        service.execute("grant update on stat_minute to tintype_service").await;
        service.wait_for_count("select coalesce(sum(completed), 0)::bigint from stat_minute", 1).await;
    })
    .await;
}
