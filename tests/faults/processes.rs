//! Processes that die, sleep or are told to stop at the worst of times.

use std::time::Duration;

use domain::job::{Claimant, LeaseError, reap};
use harness::{Fault, Moment, Proxy, on_database, story};
use nix::sys::signal::Signal;
use serde_json::json;
use tokio::time::Instant;

use crate::page::Slow;
use crate::{BALANCE, CLAIM, COMPLETE, COMPLETED, Client, DEAD, JUDGES, LAPSED, REFUNDS, UNFINISHED};
use crate::{asynchronous, caller, html, job_of, registered, rendered, worker_behind};

/// Results whose lease is the one that ended their job.
const WON: &str = "select count(*) from result join job on job.id = result.job and job.lease = result.lease";

#[tokio::test]
async fn a_worker_killed_between_capture_and_commit_leaves_the_job_to_another() {
    story(async |service| {
        let key = service.account("ada", 10).await;
        let proxy = Proxy::to(&service.database_url).await;
        let frozen = proxy.on(COMPLETE, 1, Moment::Before, Fault::Freeze);
        let mut doomed = worker_behind(service, &proxy, 1).await;
        let job = job_of(&service.post(&key, "/v1/pdf", &asynchronous()).await);
        frozen.met().await;

        doomed.signal(Signal::SIGKILL);
        doomed.ended().await;
        service.change(DEAD).await;
        service.worker(1).await;
        service.change(JUDGES).await;
        let ended = service.ended(&key, &job).await;

        assert_eq!((&ended["status"], &ended["attempt"]), (&json!("completed"), &json!(2)), "{ended}");
        assert_eq!((service.count("select count(*) from result").await, service.count(WON).await), (1, 1));
        assert_eq!((service.count(REFUNDS).await, service.count(BALANCE).await), (0, 9));
    })
    .await;
}

#[tokio::test]
async fn a_worker_killed_between_commit_and_answer_has_ended_its_job() {
    story(async |service| {
        let key = service.account("ada", 10).await;
        let proxy = Proxy::to(&service.database_url).await;
        let frozen = proxy.on(COMPLETE, 1, Moment::After, Fault::Freeze);
        let mut doomed = worker_behind(service, &proxy, 1).await;
        let job = job_of(&service.post(&key, "/v1/pdf", &asynchronous()).await);
        frozen.met().await;

        doomed.signal(Signal::SIGKILL);
        doomed.ended().await;
        service.change(DEAD).await;
        let judge = registered(&service.db, "judge").await;
        service.change(JUDGES).await;
        let reaped = reap(&service.db, judge).await.expect("a reap");
        let ended = service.ended(&key, &job).await;

        assert_eq!(reaped, domain::job::Reaped::default());
        assert_eq!((&ended["status"], &ended["attempt"]), (&json!("completed"), &json!(1)), "{ended}");
        assert_eq!(service.count(WON).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_worker_that_slept_through_its_own_funeral_writes_nothing_when_it_wakes() {
    story(async |service| {
        let key = service.account("ada", 10).await;
        let (proxy, other) = (Proxy::to(&service.database_url).await, Proxy::to(&service.database_url).await);
        let held = proxy.on(COMPLETE, 1, Moment::Before, Fault::Hold);
        let mut zombie = worker_behind(service, &proxy, 1).await;
        let job = job_of(&service.post(&key, "/v1/pdf", &asynchronous()).await);
        held.met().await;
        zombie.signal(Signal::SIGSTOP);
        service.change(DEAD).await;
        let held = other.on(COMPLETE, 1, Moment::Before, Fault::Hold);
        let _heir = worker_behind(service, &other, 1).await;
        service.change(JUDGES).await;
        held.met().await;

        zombie.signal(Signal::SIGCONT);
        proxy.release();
        zombie.signal(Signal::SIGTERM);
        assert_eq!(zombie.ended().await, Some(0));
        assert_eq!(service.count(COMPLETED).await, 0, "the job is another's, who has not ended it");
        other.release();
        let ended = service.ended(&key, &job).await;

        assert_eq!((&ended["status"], &ended["attempt"]), (&json!("completed"), &json!(2)), "{ended}");
        assert_eq!((service.count(WON).await, service.count(LAPSED).await), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn of_two_workers_that_believe_to_hold_a_lease_one_completes() {
    on_database(async |database| {
        let db = &database.db;
        let ada = caller(db, "ada", 100).await;
        let (late, live) = (registered(db, "late").await, registered(db, "live").await);
        for _ in 0..30 {
            domain::job::submit(db, &ada, &html(), None).await.expect("a job");
        }
        let mut stale = Claimant::new(late).claim(db, 30).await.expect("a claim");
        database.change("update worker set beat_at = now() - interval '1 minute' where name = 'late'").await;
        database.change(JUDGES).await;
        assert_eq!(reap(db, live).await.expect("a reap").queued, 30);
        let mut fresh = Claimant::new(live).claim(db, 30).await.expect("a claim");
        stale.sort_by_key(|claim| claim.lease.job());
        fresh.sort_by_key(|claim| claim.lease.job());

        let made = rendered();
        for (stale, fresh) in stale.into_iter().zip(fresh) {
            assert_eq!(stale.lease.job(), fresh.lease.job());
            let (stale, fresh) = tokio::join!(stale.lease.complete(db, &made), fresh.lease.complete(db, &made));
            assert!(matches!(stale, Err(LeaseError::Lost(..))), "{stale:?}");
            fresh.expect("the live lease completes");
        }

        assert_eq!((database.count(COMPLETED).await, database.count(WON).await), (30, 30));
    })
    .await;
}

#[tokio::test]
async fn a_completion_that_races_the_reaper_wins_or_loses_as_a_whole() {
    on_database(async |database| {
        let db = &database.db;
        let ada = caller(db, "ada", 100).await;
        let (late, live) = (registered(db, "late").await, registered(db, "live").await);
        for _ in 0..30 {
            domain::job::submit(db, &ada, &html(), None).await.expect("a job");
        }
        let claims = Claimant::new(late).claim(db, 30).await.expect("a claim");
        database.change("update worker set beat_at = now() - interval '1 minute' where name = 'late'").await;
        database.change(JUDGES).await;

        let mut turns = tokio::task::JoinSet::new();
        for claim in claims {
            let db = db.clone();
            turns.spawn(async move { i64::from(claim.lease.complete(&db, &rendered()).await.is_ok()) });
        }
        let mut reaped = reap(db, live).await.expect("a reap").queued;
        let completed: i64 = turns.join_all().await.into_iter().sum();
        reaped += reap(db, live).await.expect("a reap").queued;

        assert_eq!(completed + reaped, 30);
        assert_eq!((database.count(COMPLETED).await, database.count(UNFINISHED).await), (completed, reaped));
        assert_eq!(database.count(WON).await, completed);
    })
    .await;
}

#[tokio::test]
async fn a_job_given_back_by_a_worker_that_stops_is_rendered_by_another_at_once() {
    story(async |service| {
        let key = service.account("ada", 10).await;
        let slow = Slow::open().await;
        let allowed = slow.allowed(service.site.allowed());
        let env = [("TINTYPE_EGRESS_ALLOW", allowed.as_str())];
        let mut leaving = service.worker_process_with(1, &env).await;
        let page = json!({"url": service.site.page(&slow.page()), "wait_for": "#box", "async": true});
        let job = job_of(&service.post(&key, "/v1/screenshot", &page).await);
        let visit = slow.visit().await;
        let _staying = service.worker_process_with(1, &env).await;

        leaving.signal(Signal::SIGTERM);
        visit.gone().await;
        let given_back = Instant::now();
        let again = slow.visit().await;
        let gap = given_back.elapsed();
        again.answer().await;
        let ended = service.ended(&key, &job).await;

        assert!(gap < Duration::from_secs(5), "nobody rendered it for {gap:?}");
        assert_eq!(leaving.ended().await, Some(0));
        assert_eq!((&ended["status"], &ended["attempt"]), (&json!("completed"), &json!(1)), "{ended}");
        assert_eq!(service.count(LAPSED).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_cancellation_beats_a_completion_on_its_way_and_loses_to_one_that_committed() {
    story(async |service| {
        let client = Client::new(&service.url, &service.account("ada", 10).await);
        let proxy = Proxy::to(&service.database_url).await;
        let mut worker = worker_behind(service, &proxy, 1).await;

        for (moment, status, state) in [(Moment::Before, 200, "failed"), (Moment::After, 409, "completed")] {
            let completes = proxy.on(COMPLETE, 1, moment, Fault::Hold);
            let job = job_of(&client.post("/v1/pdf", &asynchronous()).await);
            completes.met().await;
            let answer = client.delete(&format!("/v1/jobs/{job}")).await;
            proxy.release();
            let ended = service.ended(&client.key, &job).await;
            assert_eq!((answer.status, &ended["status"]), (status, &json!(state)), "{moment:?} {ended}");
        }
        worker.signal(Signal::SIGTERM);

        assert_eq!(worker.ended().await, Some(0));
        assert_eq!((service.count(REFUNDS).await, service.count(BALANCE).await), (1, 9));
        assert_eq!((service.count(WON).await, service.count(COMPLETED).await), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn a_job_cancelled_before_its_worker_hears_of_the_claim_stays_cancelled() {
    story(async |service| {
        let client = Client::new(&service.url, &service.account("ada", 10).await);
        let job = job_of(&client.post("/v1/pdf", &asynchronous()).await);
        let proxy = Proxy::to(&service.database_url).await;
        let claimed = proxy.on(CLAIM, 1, Moment::After, Fault::Hold);
        let mut worker = worker_behind(service, &proxy, 1).await;
        claimed.met().await;

        let answer = client.delete(&format!("/v1/jobs/{job}")).await;
        proxy.release();
        let next = job_of(&client.post("/v1/pdf", &asynchronous()).await);
        let next = service.ended(&client.key, &next).await;
        worker.signal(Signal::SIGTERM);

        assert_eq!(worker.ended().await, Some(0));
        assert_eq!((answer.status, &next["status"]), (200, &json!("completed")));
        assert_eq!(service.ended(&client.key, &job).await["error_code"], "CANCELLED");
        assert_eq!((service.count(REFUNDS).await, service.count(WON).await), (1, 1));
    })
    .await;
}
