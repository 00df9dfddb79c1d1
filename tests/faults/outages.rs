//! A database that is away: crashed, out of reach, or silent.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::worker::SILENCE;
use harness::{Database, Fault, Moment, Proxy, Server, on_database, story, story_on};
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::fleet::StandIn;
use crate::page::Slow;
use crate::{BALANCE, BEAT, COMPLETED, Client, DEBITS, LAPSED, UNFINISHED};
use crate::{asynchronous, away, caller, html, job_of, told, worker_behind};

/// How long a sign of life may be missed: 15 s, and a little for a busy machine.
const PATIENCE: Duration = Duration::from_secs(17);

#[tokio::test]
async fn nothing_that_was_accepted_is_lost_when_postgres_crashes_under_load() {
    let mut server = Server::start().await;
    let database = Database::create_at(&server.url).await;
    story_on(database, Duration::from_secs(30), async |service| {
        let key = service.account("ada", 1000).await;
        let _worker = service.worker_process(2).await;
        let load = Load::start(&Client::new(&service.url, &key), 4);

        for accepted in [10, 20] {
            load.accepted(accepted).await;
            server.crash().await;
            server.start_again().await;
        }
        load.accepted(40).await;
        let accepted = load.stop().await;
        while let Some(stale) = service.db.pool().try_acquire() {
            drop(stale.detach());
        }
        service.until(async || (service.count(UNFINISHED).await == 0).then_some(())).await;

        for job in &accepted {
            let job = service.get(&key, &format!("/v1/jobs/{job}")).await;
            assert_eq!((job.status, &job.json()["status"]), (200, &json!("completed")), "{}", job.json());
        }
        let jobs = i64::try_from(accepted.len()).expect("a few");
        assert_eq!((service.count(COMPLETED).await, service.count(DEBITS).await), (jobs, jobs));
        assert_eq!(service.count(BALANCE).await, 1000 - jobs);
    })
    .await;
}

/// Customers who submit one job after the other, and send each again until it is accepted.
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
                        let answer = client.post_once(&once, "/v1/screenshot", &asynchronous()).await;
                        if answer.status == 202 {
                            break job_of(&answer);
                        }
                        assert_eq!(told(&answer), away(), "{}", answer.json());
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

    /// Waits until so many jobs have been accepted.
    async fn accepted(&self, jobs: usize) {
        let mut accepted = self.accepted.clone();
        let enough = accepted.wait_for(|accepted| *accepted >= jobs);
        timeout(harness::PATIENCE, enough).await.expect("in time").expect("the load goes on");
    }

    async fn stop(self) -> BTreeSet<String> {
        self.stop.send_replace(true);
        self.calls.join_all().await;
        self.jobs.lock().expect("no panic").clone()
    }
}

#[tokio::test]
async fn a_fleet_survives_an_outage_of_half_a_minute_and_gives_up_nobody_for_dead() {
    on_database(async |database| {
        let ada = caller(&database.db, "ada", 100).await;
        let proxy = Proxy::to(&database.url).await;
        let (open, gate) = watch::channel(false);
        for _ in 0..40 {
            domain::job::submit(&database.db, &ada, &html(), None).await.expect("a job");
        }
        let mut fleet = Vec::new();
        for name in ["one", "two", "three"] {
            fleet.push(StandIn::start(proxy.url(), name, 4, &gate).await);
        }
        let leased = "select count(*) from queue where lease is not null";
        database.until_count(COMPLETED, 4).await;

        proxy.cut();
        sleep(Duration::from_secs(30)).await;
        let held = database.count(leased).await;
        proxy.heal();
        open.send_replace(true);
        database.until_count(COMPLETED, 40).await;

        assert!(held >= 4, "only {held} jobs were under way");
        assert_eq!(database.count(LAPSED).await, 0);
        assert_eq!(database.count("select count(*) from job where attempt <> 1").await, 0);
        assert_eq!(database.count("select count(*) from worker").await, 3);
    })
    .await;
}

#[tokio::test]
async fn a_worker_whose_connections_are_half_open_stops_before_others_take_over_and_works_again() {
    story(async |service| {
        let key = service.account("ada", 10).await;
        let (proxy, slow) = (Proxy::to(&service.database_url).await, Slow::open().await);
        let allowed = slow.allowed(service.site.allowed());
        let env = [("DATABASE_URL", proxy.url()), ("TINTYPE_EGRESS_ALLOW", &allowed)];
        let _worker = service.worker_process_with(1, &env).await;
        let page = json!({"url": service.site.page(&slow.page()), "wait_for": "#box", "async": true});
        let job = job_of(&service.post(&key, "/v1/screenshot", &page).await);
        let visit = slow.visit().await;

        proxy.freeze();
        visit.gone().await;
        let alive = service.count("select count(*) from worker where is_alive(beat_at)").await;
        let silent = service.count("select count(*) from worker where is_heard(beat_at - interval '1 second')").await;
        proxy.heal();
        let healed = Instant::now();
        slow.visit().await.answer().await;
        let again = healed.elapsed();
        let ended = service.ended(&key, &job).await;

        assert_eq!((alive, silent), (1, 0), "it stopped before others might judge, and not much before");
        assert!(again < SILENCE, "it worked again after {again:?}");
        assert_eq!((&ended["status"], &ended["attempt"]), (&json!("completed"), &json!(1)), "{ended}");
        assert_eq!(service.count(LAPSED).await, 0);
    })
    .await;
}

#[tokio::test]
async fn an_api_whose_connections_are_half_open_says_so_in_time_and_recovers() {
    story(async |service| {
        let key = service.account("ada", 100).await;
        let proxy = Proxy::to(&service.database_url).await;
        let client = Client::new(&service.api(proxy.url()).await, &key);
        let all_at_once = async || {
            let mut calls = JoinSet::new();
            for _ in 0..12 {
                let client = client.clone();
                calls.spawn(async move {
                    let asked = Instant::now();
                    (told(&client.post("/v1/pdf", &asynchronous()).await), asked.elapsed())
                });
            }
            calls.join_all().await
        };
        assert!(all_at_once().await.iter().all(|((status, _), _)| *status == 202));

        proxy.freeze();
        for (answer, waited) in all_at_once().await {
            assert_eq!(answer, away());
            assert!(waited < PATIENCE, "an answer after {waited:?}");
        }
        proxy.heal();
        let healed = Instant::now();
        let recovered = all_at_once().await;

        assert!(recovered.iter().all(|((status, _), _)| *status == 202), "{recovered:?}");
        assert!(healed.elapsed() < Duration::from_secs(5), "it took {:?}", healed.elapsed());
        assert_eq!((service.count(DEBITS).await, service.count(BALANCE).await), (24, 76));
    })
    .await;
}

#[tokio::test]
async fn a_beat_that_hangs_alone_is_given_up_and_sent_again() {
    story(async |service| {
        let key = service.account("ada", 10).await;
        let (proxy, slow) = (Proxy::to(&service.database_url).await, Slow::open().await);
        let allowed = slow.allowed(service.site.allowed());
        let frozen = proxy.on(BEAT, 1, Moment::Before, Fault::Freeze);
        let sent_again = proxy.on(BEAT, 2, Moment::After, Fault::Hold);
        let env = [("DATABASE_URL", proxy.url()), ("TINTYPE_EGRESS_ALLOW", &allowed)];
        let _worker = service.worker_process_with(1, &env).await;
        let page = json!({"url": service.site.page(&slow.page()), "wait_for": "#box", "async": true});
        let job = job_of(&service.post(&key, "/v1/screenshot", &page).await);
        let visit = slow.visit().await;

        frozen.met().await;
        sent_again.met().await;
        proxy.release();
        visit.answer().await;
        let ended = service.ended(&key, &job).await;

        assert_eq!((&ended["status"], &ended["attempt"]), (&json!("completed"), &json!(1)), "{ended}");
        assert_eq!(service.count(LAPSED).await, 0);
    })
    .await;
}

/// What a job waited for its worker, in seconds.
const WAITED: &str = "select extract(epoch from max(started_at - created_at))::bigint from job";

#[tokio::test]
async fn a_job_that_no_bell_tells_of_is_found_by_looking() {
    story(async |service| {
        let key = service.account("ada", 10).await;
        let proxy = Proxy::to(&service.database_url).await;
        let deaf = proxy.always("LISTEN", Moment::Before, Fault::Freeze);
        let client = Client::new(&service.api(proxy.url()).await, &key);
        let _worker = worker_behind(service, &proxy, 1).await;
        deaf.met().await;

        for _ in 0..3 {
            let asynchronous = job_of(&client.post("/v1/screenshot", &asynchronous()).await);
            service.ended(&key, &asynchronous).await;
            let synchronous = client.post("/v1/screenshot", &json!({"html": "<p>"})).await;
            assert_eq!(synchronous.status, 200, "{}", synchronous.json());
        }

        assert!(service.count(WAITED).await <= 3);
    })
    .await;
}

#[tokio::test]
async fn listeners_that_are_cut_off_listen_again_and_miss_nothing() {
    story(async |service| {
        let key = service.account("ada", 10).await;
        let proxy = Proxy::to(&service.database_url).await;
        let [first, second] = [1, 2].map(|nth| proxy.on("LISTEN", nth, Moment::After, Fault::Hold));
        let [third, fourth] = [3, 4].map(|nth| proxy.on("LISTEN", nth, Moment::After, Fault::Hold));
        let client = Client::new(&service.api(proxy.url()).await, &key);
        let _worker = worker_behind(service, &proxy, 1).await;
        first.met().await;
        second.met().await;
        proxy.release();

        let ended = service
            .count(
                "select count(pg_terminate_backend(pid)) from pg_stat_activity
                 where datname = current_database() and query like 'LISTEN \"queued\"%'",
            )
            .await;
        assert_eq!(ended, 3, "the listeners of two APIs and a worker");
        let missed = job_of(&client.post("/v1/screenshot", &asynchronous()).await);
        third.met().await;
        fourth.met().await;
        proxy.release();
        service.ended(&key, &missed).await;
        let synchronous = client.post("/v1/screenshot", &json!({"html": "<p>"})).await;

        assert_eq!(synchronous.status, 200, "{}", synchronous.json());
        assert!(service.count(WAITED).await <= 3);
    })
    .await;
}
