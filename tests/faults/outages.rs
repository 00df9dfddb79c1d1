//! Outages of the database: it crashes, cannot be reached, or does not respond.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::worker::MAX_SILENCE;
use harness::{Database, Fault, FaultPoint, PostgresServer, Proxy, with_database, with_service, with_service_on};
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::fleet::FakeWorker;
use super::page::Slow;
use super::{
    BALANCE, BEAT, COMPLETED, Client, DEBITS, LAPSED, UNFINISHED, async_job, database_unavailable, job_id,
    status_and_code, worker_through,
};
use harness::fixtures::{create_account, html_job};

/// The longest acceptable time until an API reports the outage: 15 s, and 2 s for a busy machine.
const MAX_RESPONSE_TIME: Duration = Duration::from_secs(17);

#[tokio::test]
async fn no_accepted_job_is_lost_when_postgres_crashes_under_load() {
    let mut server = PostgresServer::start().await;
    let database = Database::create_at(&server.url).await;
    with_service_on(database, async |service| {
        let key = service.account("ada", 1000).await;
        let _worker = service.worker_process(2).await;
        let load = Load::start(&Client::new(&service.url, &key), 4);

        for accepted in [10, 20] {
            load.accepted(accepted).await;
            server.crash().await;
            server.restart().await;
        }
        load.accepted(40).await;
        let accepted = load.stop().await;
        while let Some(stale) = service.db.pool().try_acquire() {
            drop(stale.detach());
        }
        service.wait_for(async || (service.scalar(UNFINISHED).await == 0).then_some(())).await;

        for job in &accepted {
            let job = service.get(&key, &format!("/v1/jobs/{job}")).await;
            assert_eq!((job.status, &job.json()["status"]), (200, &json!("completed")), "{}", job.json());
        }
        let jobs = i64::try_from(accepted.len()).expect("a few");
        assert_eq!((service.scalar(COMPLETED).await, service.scalar(DEBITS).await), (jobs, jobs));
        assert_eq!(service.scalar(BALANCE).await, 1000 - jobs);
    })
    .await;
}

/// Clients that submit one job after the other, and repeat each call until it is accepted.
struct Load {
    calls: JoinSet<()>,
    accepted: watch::Receiver<usize>,
    jobs: Arc<Mutex<BTreeSet<String>>>,
    stop: watch::Sender<bool>,
}

impl Load {
    fn start(client: &Client, customers: usize) -> Self {
        let (stop, stopped) = watch::channel(false);
        let (accept, accepted) = watch::channel(0);
        let (jobs, accept) = (Arc::new(Mutex::default()), Arc::new(accept));
        let mut calls = JoinSet::new();
        for customer in 0..customers {
            let (client, stopped) = (client.clone(), stopped.clone());
            let (jobs, accept): (Arc<Mutex<BTreeSet<String>>>, _) = (Arc::clone(&jobs), Arc::clone(&accept));
            calls.spawn(async move {
                for call in 0.. {
                    let once = format!("{customer}-{call}");
                    let job = loop {
                        let response = client.post_idempotent(&once, "/v1/screenshot", &async_job()).await;
                        if response.status == 202 {
                            break job_id(&response);
                        }
                        assert_eq!(status_and_code(&response), database_unavailable(), "{}", response.json());
                        sleep(Duration::from_millis(50)).await;
                    };
                    jobs.lock().expect("no panic").insert(job);
                    accept.send_modify(|accepted| *accepted += 1);
                    if *stopped.borrow() {
                        break;
                    }
                    sleep(Duration::from_millis(100)).await;
                }
            });
        }
        Self { calls, accepted, jobs, stop }
    }

    /// Waits until this number of jobs has been accepted.
    async fn accepted(&self, jobs: usize) {
        let mut accepted = self.accepted.clone();
        let enough = accepted.wait_for(|accepted| *accepted >= jobs);
        timeout(harness::TEST_TIMEOUT, enough).await.expect("in time").expect("the load goes on");
    }

    async fn stop(self) -> BTreeSet<String> {
        self.stop.send_replace(true);
        self.calls.join_all().await;
        self.jobs.lock().expect("no panic").clone()
    }
}

#[tokio::test]
async fn workers_survive_an_outage_of_30_seconds_and_no_lease_is_reaped() {
    with_database(async |database| {
        let ada = create_account(&database.db, "ada", 100).await;
        let proxy = Proxy::to(&database.url).await;
        let (open, gate) = watch::channel(false);
        for _ in 0..40 {
            domain::job::submit(&database.db, &ada, &html_job("<p>"), None).await.expect("a job");
        }
        let mut fleet = Vec::new();
        for name in ["one", "two", "three"] {
            fleet.push(FakeWorker::start(proxy.url(), name, 4, &gate).await);
        }
        let leased = "select count(*) from queue where lease is not null";
        database.wait_for_count(COMPLETED, 4).await;

        proxy.disconnect();
        sleep(Duration::from_secs(30)).await;
        let held = database.scalar(leased).await;
        proxy.restore();
        open.send_replace(true);
        database.wait_for_count(COMPLETED, 40).await;

        assert!(held >= 4, "only {held} jobs were under way");
        assert_eq!(database.scalar(LAPSED).await, 0);
        assert_eq!(database.scalar("select count(*) from job where attempt <> 1").await, 0);
        assert_eq!(database.scalar("select count(*) from worker").await, 3);
    })
    .await;
}

#[tokio::test]
async fn a_worker_with_half_open_connections_stops_before_its_leases_are_reaped_and_recovers() {
    with_service(async |service| {
        let key = service.account("ada", 10).await;
        let (proxy, slow) = (Proxy::to(&service.database_url).await, Slow::open().await);
        let allowed = slow.allowed(service.site.allowed());
        let env = [("DATABASE_URL", proxy.url()), ("TINTYPE_EGRESS_ALLOW", &allowed)];
        let _worker = service.worker_process_with(1, &env).await;
        let page = json!({"url": service.site.page(&slow.page()), "wait_for": "#box", "async": true});
        let job = job_id(&service.post(&key, "/v1/screenshot", &page).await);
        let visit = slow.visit().await;

        proxy.freeze();
        visit.gone().await;
        let alive = service.scalar("select count(*) from worker where is_alive(beat_at)").await;
        let silent = service.scalar("select count(*) from worker where is_heard(beat_at - interval '1 second')").await;
        proxy.restore();
        let healed = Instant::now();
        slow.visit().await.respond().await;
        let again = healed.elapsed();
        let ended = service.wait_for_job(&key, &job).await;

        assert_eq!((alive, silent), (1, 0), "it stopped before others might judge, and not much before");
        assert!(again < MAX_SILENCE, "it worked again after {again:?}");
        assert_eq!((&ended["status"], &ended["attempt"]), (&json!("completed"), &json!(1)), "{ended}");
        assert_eq!(service.scalar(LAPSED).await, 0);
    })
    .await;
}

#[tokio::test]
async fn an_api_with_half_open_connections_returns_errors_in_time_and_recovers() {
    with_service(async |service| {
        let key = service.account("ada", 100).await;
        let proxy = Proxy::to(&service.database_url).await;
        let client = Client::new(&service.start_api(proxy.url()).await, &key);
        let all_at_once = async || {
            let mut calls = JoinSet::new();
            for _ in 0..12 {
                let client = client.clone();
                calls.spawn(async move {
                    let asked = Instant::now();
                    (status_and_code(&client.post("/v1/pdf", &async_job()).await), asked.elapsed())
                });
            }
            calls.join_all().await
        };
        assert!(all_at_once().await.iter().all(|((status, _), _)| *status == 202));

        proxy.freeze();
        for (response, waited) in all_at_once().await {
            assert_eq!(response, database_unavailable());
            assert!(waited < MAX_RESPONSE_TIME, "a response after {waited:?}");
        }
        proxy.restore();
        let healed = Instant::now();
        let recovered = all_at_once().await;

        assert!(recovered.iter().all(|((status, _), _)| *status == 202), "{recovered:?}");
        assert!(healed.elapsed() < Duration::from_secs(5), "it took {:?}", healed.elapsed());
        assert_eq!((service.scalar(DEBITS).await, service.scalar(BALANCE).await), (24, 76));
    })
    .await;
}

#[tokio::test]
async fn a_beat_that_hangs_times_out_and_is_sent_again() {
    with_service(async |service| {
        let key = service.account("ada", 10).await;
        let (proxy, slow) = (Proxy::to(&service.database_url).await, Slow::open().await);
        let allowed = slow.allowed(service.site.allowed());
        let frozen = proxy.inject(BEAT, 1, FaultPoint::Before, Fault::Freeze);
        let sent_again = proxy.inject(BEAT, 2, FaultPoint::After, Fault::Hold);
        let env = [("DATABASE_URL", proxy.url()), ("TINTYPE_EGRESS_ALLOW", &allowed)];
        let _worker = service.worker_process_with(1, &env).await;
        let page = json!({"url": service.site.page(&slow.page()), "wait_for": "#box", "async": true});
        let job = job_id(&service.post(&key, "/v1/screenshot", &page).await);
        let visit = slow.visit().await;

        frozen.occurred().await;
        sent_again.occurred().await;
        proxy.release();
        visit.respond().await;
        let ended = service.wait_for_job(&key, &job).await;

        assert_eq!((&ended["status"], &ended["attempt"]), (&json!("completed"), &json!(1)), "{ended}");
        assert_eq!(service.scalar(LAPSED).await, 0);
    })
    .await;
}

/// Returns the longest time that a job waited for a worker, in seconds.
const WAITED: &str = "select extract(epoch from max(started_at - created_at))::bigint from job";

#[tokio::test]
async fn a_job_without_a_notification_is_found_by_polling() {
    with_service(async |service| {
        let key = service.account("ada", 10).await;
        let proxy = Proxy::to(&service.database_url).await;
        let deaf = proxy.inject_always("LISTEN", FaultPoint::Before, Fault::Freeze);
        let client = Client::new(&service.start_api(proxy.url()).await, &key);
        let _worker = worker_through(service, &proxy, 1).await;
        deaf.occurred().await;

        for _ in 0..3 {
            let asynchronous = job_id(&client.post("/v1/screenshot", &async_job()).await);
            service.wait_for_job(&key, &asynchronous).await;
            let synchronous = client.post("/v1/screenshot", &json!({"html": "<p>"})).await;
            assert_eq!(synchronous.status, 200, "{}", synchronous.json());
        }

        assert!(service.scalar(WAITED).await <= 3);
    })
    .await;
}

#[tokio::test]
async fn listeners_that_are_disconnected_listen_again_and_miss_nothing() {
    with_service(async |service| {
        let key = service.account("ada", 10).await;
        let proxy = Proxy::to(&service.database_url).await;
        let [first, second] = [1, 2].map(|nth| proxy.inject("LISTEN", nth, FaultPoint::After, Fault::Hold));
        let [third, fourth] = [3, 4].map(|nth| proxy.inject("LISTEN", nth, FaultPoint::After, Fault::Hold));
        let client = Client::new(&service.start_api(proxy.url()).await, &key);
        let _worker = worker_through(service, &proxy, 1).await;
        first.occurred().await;
        second.occurred().await;
        proxy.release();

        let ended = service
            .scalar(
                "select count(pg_terminate_backend(pid)) from pg_stat_activity
                 where datname = current_database() and query like 'LISTEN \"queued\"%'",
            )
            .await;
        assert_eq!(ended, 3, "the listeners of two APIs and a worker");
        let missed = job_id(&client.post("/v1/screenshot", &async_job()).await);
        third.occurred().await;
        fourth.occurred().await;
        proxy.release();
        service.wait_for_job(&key, &missed).await;
        let synchronous = client.post("/v1/screenshot", &json!({"html": "<p>"})).await;

        assert_eq!(synchronous.status, 200, "{}", synchronous.json());
        assert!(service.scalar(WAITED).await <= 3);
    })
    .await;
}
