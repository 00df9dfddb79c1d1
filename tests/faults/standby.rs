//! Failovers: the primary is demoted, and a standby is promoted behind the same address.

use std::time::Duration;

use harness::{Database, PostgresServer, Proxy, Replication, Service, TEST_TIMEOUT, binary, run, with_service_on};
use serde_json::json;
use sqlx::{Connection, PgConnection};
use tokio::time::{Instant, timeout};

use super::page::Slow;
use super::{Client, LAPSED, UNFINISHED, async_job, database_unavailable, job_id, status_and_code};

#[tokio::test]
async fn a_synchronous_standby_has_what_was_committed_and_is_promoted_behind_the_same_address() {
    let mut primary = PostgresServer::start().await;
    let standby = primary.start_standby(Replication::Synchronous).await;
    let proxy = Proxy::to(&primary.url).await;
    primary.execute("create table kept as select 1 as number").await;

    primary.crash().await;
    standby.promote().await;
    proxy.retarget(&standby.url);

    let mut connection = PgConnection::connect(proxy.url()).await.expect("a connection to the new primary");
    let added = sqlx::query_scalar("insert into kept select number + 1 from kept returning number");
    assert_eq!(added.fetch_one(&mut connection).await.ok(), Some(2));
}

#[tokio::test]
async fn a_demoted_primary_is_left_at_once_and_a_finished_render_is_kept() {
    let primary = PostgresServer::start().await;
    let proxy = Proxy::to(&primary.url).await;
    let database = Database::create_at(proxy.url()).await;
    let standby = primary.start_standby(Replication::Synchronous).await;
    with_service_on(database, async |service| {
        let key = service.account("ada", 1000).await;
        let (client, slow) = (Client::new(&service.url, &key), Slow::open().await);
        let allowed = slow.allowed(service.site.allowed());
        let _worker = service.worker_process_with(1, &[("TINTYPE_EGRESS_ALLOW", &allowed)]).await;
        let page = json!({"url": service.site.page(&slow.page()), "wait_for": "#box", "async": true});
        let job = job_id(&service.post(&key, "/v1/screenshot", &page).await);
        let visit = slow.visit().await;

        primary.execute("alter system set default_transaction_read_only = on").await;
        primary.execute("select pg_reload_conf()").await;
        let refused = async {
            until(async || client.post("/v1/screenshot", &async_job()).await.status != 202).await;
            let asked = Instant::now();
            (status_and_code(&client.post("/v1/screenshot", &async_job()).await), asked.elapsed())
        };
        let (refused, waited) = timeout(TEST_TIMEOUT, refused).await.expect("the primary is demoted");
        visit.respond().await;
        let ready = client.get("/health/ready").await;
        let read = client.get(&format!("/v1/jobs/{job}")).await;
        standby.promote().await;
        proxy.retarget(&standby.url);
        let promoted = Instant::now();
        until(async || client.post("/v1/screenshot", &async_job()).await.status == 202).await;
        let recovered = promoted.elapsed();
        leave(service);
        let ended = service.wait_for_job(&key, &job).await;
        service.wait_for(async || (service.scalar(UNFINISHED).await == 0).then_some(())).await;

        assert_eq!(refused, database_unavailable());
        assert!(waited < Duration::from_secs(3), "503 after {waited:?}");
        assert_eq!(status_and_code(&ready), database_unavailable());
        assert!(ready.json().to_string().contains("the database accepts no writes"), "{}", ready.json());
        assert_eq!(read.status, 503, "what a former primary says may be out of date");
        assert!(recovered < Duration::from_secs(15), "it worked again after {recovered:?}");
        assert_eq!(client.get("/health/ready").await.status, 200);
        assert_eq!((&ended["status"], &ended["attempt"]), (&json!("completed"), &json!(1)), "{ended}");
        assert_eq!(service.scalar(LAPSED).await, 0);
        assert_eq!(service.scalar("select count(*) from worker").await, 1, "it keeps its registration");
    })
    .await;
}

/// Asks again and again until a condition holds.
async fn until(holds: impl AsyncFn() -> bool) {
    let held = async { while !holds().await {} };
    timeout(TEST_TIMEOUT, held).await.expect("it holds in time");
}

/// Closes the test's own connections to the former primary.
fn leave(service: &Service) {
    while let Some(stale) = service.db.pool().try_acquire() {
        drop(stale.detach());
    }
}

#[tokio::test]
async fn a_standby_is_refused_by_services_and_by_migrate_and_read_by_commands() {
    let primary = PostgresServer::start().await;
    let database = Database::create_at(&primary.url).await;
    with_service_on(database, async |service| {
        service.account("ada", 7).await;
        let standby = primary.start_standby(Replication::Asynchronous).await;
        let proxy = Proxy::to(&service.database_url).await;
        proxy.retarget(&standby.url);
        let api = Client::new(&service.start_api(proxy.url()).await, "");
        let on_standby = [("DATABASE_URL", proxy.url())];

        let ready = api.get("/health/ready").await;
        let migrated = run(&binary("tintype"), &["migrate"], &on_standby).await;
        let overview = run(&binary("tintype"), &["overview", "--json"], &on_standby).await;
        let granted = run(&binary("tintype"), &["account", "grant", "ada", "1"], &on_standby).await;

        assert_eq!(ready.status, 503);
        assert!(ready.json().to_string().contains("the server is a standby"), "{}", ready.json());
        assert!(migrated.code == Some(1) && migrated.stderr.contains("connect to the primary"), "{migrated:?}");
        assert!(overview.code == Some(0) && overview.stdout.contains("\"queue\""), "{overview:?}");
        assert!(granted.code == Some(1) && granted.stderr.contains("read-only transaction"), "{granted:?}");

        standby.promote().await;
        let writable = Instant::now();
        until(async || api.get("/health/ready").await.status == 200).await;
        assert!(writable.elapsed() < Duration::from_secs(15), "{:?}", writable.elapsed());
    })
    .await;
}
