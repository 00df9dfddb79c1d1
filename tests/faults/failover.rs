//! Failover: the primary is lost under load, and its standby is promoted behind the same address.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use harness::{ApiResponse, Database, PostgresServer, Proxy, Replication, TEST_TIMEOUT, with_service_on};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::{
    BALANCE, COMPLETED, Client, DEBITS, REFUNDS, UNFINISHED, async_job, database_unavailable, status_and_code,
};

/// How long an API that has a primary again may take until it accepts a job: three times the 5 s that are promised.
const MAX_RECOVERY: Duration = Duration::from_secs(15);

/// How long a call may wait for a standby that is away: three times the 15 s after which the API gives up.
const MAX_WAIT: Duration = Duration::from_secs(45);

/// How long a client waits before it repeats a call, as `Retry-After` would have it, but sooner.
const RETRY_AFTER: Duration = Duration::from_millis(50);

/// A primary and its standby, behind one address.
struct Pair {
    primary: PostgresServer,
    standby: PostgresServer,
    address: Proxy,
}

impl Pair {
    async fn start(replication: Replication) -> Self {
        let primary = PostgresServer::start().await;
        let standby = primary.start_standby(replication).await;
        let address = Proxy::to(&primary.url).await;
        Self { primary, standby, address }
    }

    /// Kills the primary, promotes the standby, and moves the address to it.
    async fn fail_over(&mut self) {
        self.primary.crash().await;
        self.standby.promote().await;
        self.address.retarget(&self.standby.url);
    }

    /// Makes the standby receive nothing from now on, as if the network between the two were cut.
    async fn stop_replication(&self) {
        self.standby.execute("alter system set primary_conninfo = ''").await;
        self.standby.execute("select pg_reload_conf()").await;
        let mut admin = PgConnection::connect(&self.primary.url).await.expect("a connection");
        let stopped = async {
            let standbys = "select count(*) from pg_stat_replication";
            while sqlx::query_scalar::<_, i64>(standbys).fetch_one(&mut admin).await.expect("a number") > 0 {
                sleep(RETRY_AFTER).await;
            }
        };
        timeout(TEST_TIMEOUT, stopped).await.expect("the standby stops in time");
    }
}

/// How a customer submits.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Delivery {
    Asynchronous,
    Synchronous,
}

/// Customers that submit one job after the other, and repeat each call with its idempotency key until it is accepted.
struct Load {
    calls: JoinSet<()>,
    stop: watch::Sender<bool>,
    accepted: watch::Receiver<usize>,
    jobs: Arc<Mutex<BTreeMap<String, Option<Vec<u8>>>>>,
}

impl Load {
    fn start(customers: &[(Client, Delivery)]) -> Self {
        let (stop, stopped) = watch::channel(false);
        let (accept, accepted) = watch::channel(0);
        let (accept, jobs) = (Arc::new(accept), Arc::new(Mutex::default()));
        let mut calls = JoinSet::new();
        for (number, (client, delivery)) in customers.iter().cloned().enumerate() {
            let (stopped, accept, jobs) = (stopped.clone(), Arc::clone(&accept), Arc::clone(&jobs));
            calls.spawn(async move {
                for call in 0.. {
                    let (job, result) = submit(&client, delivery, &format!("{number}-{call}")).await;
                    let jobs: &Mutex<BTreeMap<_, _>> = &jobs;
                    assert!(jobs.lock().expect("no panic").insert(job, result).is_none(), "a job is accepted once");
                    accept.send_modify(|accepted| *accepted += 1);
                    if *stopped.borrow() {
                        return;
                    }
                }
            });
        }
        Self { calls, stop, accepted, jobs }
    }

    /// Waits until this many more jobs have been accepted.
    async fn accept(&self, more: usize) {
        let mut accepted = self.accepted.clone();
        let enough = *accepted.borrow() + more;
        let enough = accepted.wait_for(|accepted| *accepted >= enough);
        timeout(TEST_TIMEOUT, enough).await.expect("in time").expect("the load goes on");
    }

    /// Returns the accepted jobs, and the results that were returned at once.
    async fn stop(self) -> BTreeMap<String, Option<Vec<u8>>> {
        self.stop.send_replace(true);
        timeout(TEST_TIMEOUT, self.calls.join_all()).await.expect("every call ends in time");
        std::mem::take(&mut *self.jobs.lock().expect("no panic"))
    }
}

/// Repeats a call until it is accepted. Returns the job, and its result if that was the response.
async fn submit(client: &Client, delivery: Delivery, idempotency_key: &str) -> (String, Option<Vec<u8>>) {
    let body = if delivery == Delivery::Synchronous { json!({"html": "<p>"}) } else { async_job() };
    loop {
        let call = client.idempotent(idempotency_key, "/v1/screenshot", &body);
        // A file that is being sent when the primary dies is cut off, and fetched again.
        let Ok(response) = client.try_send(call).await else { continue };
        let job = response.header("x-job-id").to_owned();
        match response.status {
            200 => return (job, Some(response.bytes)),
            202 => return (job, None),
            // The first of these calls was acknowledged by nobody, and its job is still waiting.
            409 => assert_eq!(status_and_code(&response).1, "IDEMPOTENCY_IN_PROGRESS"),
            _unavailable => assert_eq!(status_and_code(&response), database_unavailable(), "{}", response.json()),
        }
        sleep(RETRY_AFTER).await;
    }
}

#[tokio::test]
async fn a_failover_to_a_synchronous_standby_loses_no_accepted_job_and_no_credit() {
    let mut pair = Pair::start(Replication::Synchronous).await;
    let database = Database::create_at(pair.address.url()).await;
    with_service_on(database, async |service| {
        let key = service.account("ada", 1000).await;
        let other = service.start_api(&service.database_url).await;
        let _worker = service.worker_process(2).await;
        let clients = [Client::new(&service.url, &key), Client::new(&other, &key)];
        let customers =
            clients.map(|client| [(client.clone(), Delivery::Asynchronous), (client, Delivery::Synchronous)]);
        let load = Load::start(customers.as_flattened());
        load.accept(20).await;

        pair.fail_over().await;
        let promoted = Instant::now();
        load.accept(5).await;
        let recovery = promoted.elapsed();
        load.accept(20).await;
        let accepted = load.stop().await;
        while let Some(stale) = service.db.pool().try_acquire() {
            drop(stale.detach());
        }
        service.wait_for(async || (service.scalar(UNFINISHED).await == 0).then_some(())).await;

        assert!(recovery < MAX_RECOVERY, "jobs were accepted again after {recovery:?}");
        let client = Client::new(&service.url, &key);
        for (job, result) in &accepted {
            let found = client.get(&format!("/v1/jobs/{job}")).await;
            assert_eq!((found.status, &found.json()["status"]), (200, &json!("completed")), "{}", found.json());
            let stored = client.get(&format!("/v1/jobs/{job}/result")).await;
            assert!(result.as_ref().is_none_or(|result| *result == stored.bytes), "{job} has another result");
        }
        let jobs = i64::try_from(accepted.len()).expect("a few");
        assert_eq!((service.scalar(COMPLETED).await, service.scalar(DEBITS).await), (jobs, jobs));
        assert_eq!((service.scalar(REFUNDS).await, service.scalar(BALANCE).await), (0, 1000 - jobs));
    })
    .await;
}

#[tokio::test]
async fn a_job_that_no_synchronous_standby_has_stored_is_not_accepted() {
    let mut pair = Pair::start(Replication::Synchronous).await;
    let database = Database::create_at(pair.address.url()).await;
    with_service_on(database, async |service| {
        let client = Client::new(&service.url, &service.account("ada", 10).await);
        let stored = client.post("/v1/screenshot", &async_job()).await;
        pair.stop_replication().await;

        let waiting = Instant::now();
        let lost = client.post("/v1/screenshot", &async_job()).await;
        let waited = waiting.elapsed();
        pair.fail_over().await;
        let found = until_available(&client, &format!("/v1/jobs/{}", stored.header("x-job-id"))).await;
        let balance: Value = until_available(&client, "/v1/balance").await.json();

        assert_eq!(status_and_code(&lost), database_unavailable(), "{}", lost.json());
        assert!(waited < MAX_WAIT, "the call took {waited:?}");
        assert_eq!((found.status, &balance["credits_remaining"]), (200, &json!(9)));
        while let Some(stale) = service.db.pool().try_acquire() {
            drop(stale.detach());
        }
    })
    .await;
}

/// Why operators need `synchronous_standby_names`, and that the test above can fail.
#[tokio::test]
async fn a_failover_to_an_asynchronous_standby_loses_what_it_had_not_received() {
    let mut pair = Pair::start(Replication::Asynchronous).await;
    let database = Database::create_at(pair.address.url()).await;
    with_service_on(database, async |service| {
        let client = Client::new(&service.url, &service.account("ada", 10).await);
        let kept = client.post("/v1/screenshot", &async_job()).await;
        pair.stop_replication().await;
        let lost = client.post("/v1/screenshot", &async_job()).await;
        assert_eq!((kept.status, lost.status), (202, 202));

        pair.fail_over().await;
        let found = async |job: &ApiResponse| {
            let path = format!("/v1/jobs/{}", job.header("x-job-id"));
            until_available(&client, &path).await.status
        };

        assert_eq!((found(&kept).await, found(&lost).await), (200, 404));
        let balance: Value = until_available(&client, "/v1/balance").await.json();
        assert_eq!(balance["credits_remaining"], 9, "its debit is lost as well");
        while let Some(stale) = service.db.pool().try_acquire() {
            drop(stale.detach());
        }
    })
    .await;
}

async fn until_available(client: &Client, path: &str) -> ApiResponse {
    let available = async {
        loop {
            let response = client.get(path).await;
            if response.status != 503 {
                return response;
            }
            sleep(RETRY_AFTER).await;
        }
    };
    timeout(TEST_TIMEOUT, available).await.expect("the API recovers in time")
}
