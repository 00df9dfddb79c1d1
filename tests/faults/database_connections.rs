//! Connections: how many a process opens, and what goes on while they are busy.

use std::collections::BTreeSet;

use harness::Service;
use serde_json::json;

use super::roles::{LoggedWorker, with_roles};
use super::{COMPLETED, Client};

/// The connections of the role that the processes use.
const OPEN: &str = "select count(*) from pg_stat_activity where usename = 'tintype_service'";

/// Statements that wait for a lock.
const BLOCKED: &str = "select count(*) from pg_stat_activity where wait_event_type = 'Lock'";

/// Submits screenshots of a paragraph, and returns their number.
async fn submit(service: &Service, key: &str, jobs: usize) -> i64 {
    let jobs = vec![json!({"type": "screenshot", "html": "<p>"}); jobs];
    let batch = service.post(key, "/v1/bulk", &json!({"jobs": jobs})).await.json();
    i64::try_from(batch["jobs"].as_array().expect("entries").len()).expect("a small number")
}

#[tokio::test]
async fn a_worker_opens_five_connections_however_many_slots_it_has() {
    with_roles(async |service, _| {
        let key = service.account("ada", 50).await;
        service.execute("create role fleet login superuser").await;
        let url = service.database_url.replacen("tintype_service@", "fleet@", 1);
        let _worker = service.worker_process_with(8, &[("DATABASE_URL", &url)]).await;

        let jobs = submit(service, &key, 20).await;
        service.wait_for_count(COMPLETED, jobs).await;

        // A pool closes no connection within minutes, so these are all that were ever open.
        let open = service.scalar("select count(*) from pg_stat_activity where usename = 'fleet'").await;
        assert!((2..=5).contains(&open), "{open}");
    })
    .await;
}

#[tokio::test]
async fn calls_of_many_accounts_at_once_share_the_connections_of_an_api() {
    with_roles(async |service, _| {
        let mut keys = Vec::new();
        for account in 0..12 {
            keys.push(service.account(&format!("account {account}"), 50).await);
        }
        let calls = keys.iter().map(|key| async {
            let client = Client::new(&service.url, key);
            let mut statuses = BTreeSet::new();
            for _ in 0..10 {
                let response = client.post("/v1/screenshot", &json!({"html": "<p>", "async": true})).await;
                statuses.insert(response.status);
            }
            statuses
        });

        let statuses = futures_util::future::join_all(calls).await;

        assert_eq!(statuses.into_iter().flatten().collect::<BTreeSet<_>>(), BTreeSet::from([202]));
        assert!(service.scalar(OPEN).await <= 9);
    })
    .await;
}

#[tokio::test]
async fn a_worker_whose_results_wait_for_a_lock_goes_on_beating() {
    with_roles(async |service, _| {
        let key = service.account("ada", 50).await;
        let _worker = service.worker_process(8).await;
        let mut lock = service.db.pool().begin().await.expect("a transaction");
        sqlx::query("lock table result in access exclusive mode").execute(&mut *lock).await.expect("a lock");

        let jobs = submit(service, &key, 8).await;
        service.wait_for(async || (service.scalar(BLOCKED).await >= 3).then_some(())).await;
        // Its silence would begin here. The statements that wait now are ended after 10 s.
        let since = service.scalar("select extract(epoch from clock_timestamp())::bigint").await;
        let beat = "select extract(epoch from beat_at)::bigint from worker";
        service.wait_for(async || (service.scalar(beat).await >= since + 5).then_some(())).await;
        let oldest =
            "select extract(epoch from min(query_start))::bigint from pg_stat_activity where wait_event_type = 'Lock'";
        assert!(service.scalar(oldest).await <= since, "the same statements wait");

        lock.rollback().await.expect("the lock is released");
        service.wait_for_count(COMPLETED, jobs).await;
        assert_eq!(service.scalar("select count(*) from job where attempt = 1").await, jobs);
    })
    .await;
}

#[tokio::test]
async fn a_server_without_room_for_a_worker_is_named_and_used_as_far_as_it_goes() {
    with_roles(async |service, _| {
        service.execute("alter role tintype_service connection limit 13").await;
        service.execute("insert into worker (name, version, browser, slots) select 'other', '', '', 1 from generate_series(1, 3); update worker set beat_at = now() + interval '1 hour'").await;
        let key = service.account("ada", 50).await;
        let worker = LoggedWorker::start(service);

        let job = service.screenshot(&key, json!({"html": "<p>"})).await;

        assert_eq!(job["status"], "completed", "{job}");
        let log = worker.log();
        let shortage = "this process needs 6 and 3 live workers need 6 each, 24 together, and this role may open 13";
        assert!(log.contains(shortage) && log.contains("the limit of the role or the database is 13"), "{log}");
        service.execute("delete from worker where name = 'other'").await;
    })
    .await;
}
