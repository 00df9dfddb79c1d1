//! Processes that are killed, suspended or stopped at the worst moment.

use std::time::Duration;

use domain::job::{Claimant, LeaseError, reap};
use harness::{Fault, FaultPoint, Proxy, with_database, with_service};
use nix::sys::signal::Signal;
use serde_json::json;
use tokio::time::Instant;

use super::page::Slow;
use super::{
    BALANCE, CLAIM, COMPLETE, COMPLETED, Client, LAPSED, REFUNDS, UNFINISHED, async_job, job_id, worker_through,
};
use harness::fixtures::{ALLOW_REAPING, EXPIRE_BEATS, create_account, html_job, register_worker, rendered};

/// Counts the results that were stored by the lease that ended their job.
const WON: &str = "select count(*) from result join job on job.id = result.job and job.lease = result.lease";

#[tokio::test]
async fn a_worker_killed_between_capture_and_commit_leaves_the_job_to_another() {
    with_service(async |service| {
        let key = service.account("ada", 10).await;
        let proxy = Proxy::to(&service.database_url).await;
        let frozen = proxy.inject(COMPLETE, 1, FaultPoint::Before, Fault::Freeze);
        let mut doomed = worker_through(service, &proxy, 1).await;
        let job = job_id(&service.post(&key, "/v1/pdf", &async_job()).await);
        frozen.occurred().await;

        doomed.signal(Signal::SIGKILL);
        doomed.wait().await;
        service.execute(EXPIRE_BEATS).await;
        service.worker(1).await;
        service.execute(ALLOW_REAPING).await;
        let ended = service.wait_for_job(&key, &job).await;

        assert_eq!((&ended["status"], &ended["attempt"]), (&json!("completed"), &json!(2)), "{ended}");
        assert_eq!((service.scalar("select count(*) from result").await, service.scalar(WON).await), (1, 1));
        assert_eq!((service.scalar(REFUNDS).await, service.scalar(BALANCE).await), (0, 9));
    })
    .await;
}

#[tokio::test]
async fn a_worker_killed_between_commit_and_response_has_ended_its_job() {
    with_service(async |service| {
        let key = service.account("ada", 10).await;
        let proxy = Proxy::to(&service.database_url).await;
        let frozen = proxy.inject(COMPLETE, 1, FaultPoint::After, Fault::Freeze);
        let mut doomed = worker_through(service, &proxy, 1).await;
        let job = job_id(&service.post(&key, "/v1/pdf", &async_job()).await);
        frozen.occurred().await;

        doomed.signal(Signal::SIGKILL);
        doomed.wait().await;
        service.execute(EXPIRE_BEATS).await;
        let judge = register_worker(&service.db, "judge").await;
        service.execute(ALLOW_REAPING).await;
        let reaped = reap(&service.db, judge).await.expect("a reap");
        let ended = service.wait_for_job(&key, &job).await;

        assert_eq!(reaped, domain::job::Reaped::default());
        assert_eq!((&ended["status"], &ended["attempt"]), (&json!("completed"), &json!(1)), "{ended}");
        assert_eq!(service.scalar(WON).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_worker_suspended_until_its_lease_was_reaped_writes_nothing_afterwards() {
    with_service(async |service| {
        let key = service.account("ada", 10).await;
        let (proxy, other) = (Proxy::to(&service.database_url).await, Proxy::to(&service.database_url).await);
        let held = proxy.inject(COMPLETE, 1, FaultPoint::Before, Fault::Hold);
        let mut zombie = worker_through(service, &proxy, 1).await;
        let job = job_id(&service.post(&key, "/v1/pdf", &async_job()).await);
        held.occurred().await;
        zombie.signal(Signal::SIGSTOP);
        service.execute(EXPIRE_BEATS).await;
        let held = other.inject(COMPLETE, 1, FaultPoint::Before, Fault::Hold);
        let _heir = worker_through(service, &other, 1).await;
        service.execute(ALLOW_REAPING).await;
        held.occurred().await;

        zombie.signal(Signal::SIGCONT);
        proxy.release();
        zombie.signal(Signal::SIGTERM);
        assert_eq!(zombie.wait().await, Some(0));
        assert_eq!(service.scalar(COMPLETED).await, 0, "the job is another's, who has not ended it");
        other.release();
        let ended = service.wait_for_job(&key, &job).await;

        assert_eq!((&ended["status"], &ended["attempt"]), (&json!("completed"), &json!(2)), "{ended}");
        assert_eq!((service.scalar(WON).await, service.scalar(LAPSED).await), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn of_two_workers_that_assume_they_hold_a_lease_one_completes() {
    with_database(async |database| {
        let db = &database.db;
        let ada = create_account(db, "ada", 100).await;
        let (late, live) = (register_worker(db, "late").await, register_worker(db, "live").await);
        for _ in 0..30 {
            domain::job::submit(db, &ada, &html_job("<p>"), None).await.expect("a job");
        }
        let mut stale = Claimant::new(late).claim(db, 30).await.expect("a claim");
        database.execute("update worker set beat_at = now() - interval '1 minute' where name = 'late'").await;
        database.execute(ALLOW_REAPING).await;
        assert_eq!(reap(db, live).await.expect("a reap").queued, 30);
        let mut fresh = Claimant::new(live).claim(db, 30).await.expect("a claim");
        stale.sort_by_key(|claim| claim.lease.job());
        fresh.sort_by_key(|claim| claim.lease.job());

        let made = rendered(7);
        for (stale, fresh) in stale.into_iter().zip(fresh) {
            assert_eq!(stale.lease.job(), fresh.lease.job());
            let (stale, fresh) = tokio::join!(stale.lease.complete(db, &made), fresh.lease.complete(db, &made));
            assert!(matches!(stale, Err(LeaseError::Lost(..))), "{stale:?}");
            fresh.expect("the live lease completes");
        }

        assert_eq!((database.scalar(COMPLETED).await, database.scalar(WON).await), (30, 30));
    })
    .await;
}

#[tokio::test]
async fn a_completion_that_races_a_reaper_succeeds_or_fails_as_a_whole() {
    with_database(async |database| {
        let db = &database.db;
        let ada = create_account(db, "ada", 100).await;
        let (late, live) = (register_worker(db, "late").await, register_worker(db, "live").await);
        for _ in 0..30 {
            domain::job::submit(db, &ada, &html_job("<p>"), None).await.expect("a job");
        }
        let claims = Claimant::new(late).claim(db, 30).await.expect("a claim");
        database.execute("update worker set beat_at = now() - interval '1 minute' where name = 'late'").await;
        database.execute(ALLOW_REAPING).await;

        let mut turns = tokio::task::JoinSet::new();
        for claim in claims {
            let db = db.clone();
            turns.spawn(async move { i64::from(claim.lease.complete(&db, &rendered(7)).await.is_ok()) });
        }
        let mut reaped = reap(db, live).await.expect("a reap").queued;
        let completed: i64 = turns.join_all().await.into_iter().sum();
        reaped += reap(db, live).await.expect("a reap").queued;

        assert_eq!(completed + reaped, 30);
        assert_eq!((database.scalar(COMPLETED).await, database.scalar(UNFINISHED).await), (completed, reaped));
        assert_eq!(database.scalar(WON).await, completed);
    })
    .await;
}

#[tokio::test]
async fn a_job_released_by_a_stopping_worker_is_rendered_by_another_at_once() {
    with_service(async |service| {
        let key = service.account("ada", 10).await;
        let slow = Slow::open().await;
        let allowed = slow.allowed(service.site.allowed());
        let env = [("TINTYPE_EGRESS_ALLOW", allowed.as_str())];
        let mut leaving = service.worker_process_with(1, &env).await;
        let page = json!({"url": service.site.page(&slow.page()), "wait_for": "#box", "async": true});
        let job = job_id(&service.post(&key, "/v1/screenshot", &page).await);
        let visit = slow.visit().await;
        let _staying = service.worker_process_with(1, &env).await;

        leaving.signal(Signal::SIGTERM);
        visit.gone().await;
        let given_back = Instant::now();
        let again = slow.visit().await;
        let gap = given_back.elapsed();
        again.respond().await;
        let ended = service.wait_for_job(&key, &job).await;

        assert!(gap < Duration::from_secs(5), "it was not rendered for {gap:?}");
        assert_eq!(leaving.wait().await, Some(0));
        assert_eq!((&ended["status"], &ended["attempt"]), (&json!("completed"), &json!(1)), "{ended}");
        assert_eq!(service.scalar(LAPSED).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_cancellation_wins_over_an_uncommitted_completion_and_loses_to_a_committed_one() {
    with_service(async |service| {
        let client = Client::new(&service.url, &service.account("ada", 10).await);
        let proxy = Proxy::to(&service.database_url).await;
        let mut worker = worker_through(service, &proxy, 1).await;

        for (point, status, state) in [(FaultPoint::Before, 200, "failed"), (FaultPoint::After, 409, "completed")] {
            let completes = proxy.inject(COMPLETE, 1, point, Fault::Hold);
            let job = job_id(&client.post("/v1/pdf", &async_job()).await);
            completes.occurred().await;
            let response = client.delete(&format!("/v1/jobs/{job}")).await;
            proxy.release();
            let ended = service.wait_for_job(&client.key, &job).await;
            assert_eq!((response.status, &ended["status"]), (status, &json!(state)), "{point:?} {ended}");
        }
        worker.signal(Signal::SIGTERM);

        assert_eq!(worker.wait().await, Some(0));
        assert_eq!((service.scalar(REFUNDS).await, service.scalar(BALANCE).await), (1, 9));
        assert_eq!((service.scalar(WON).await, service.scalar(COMPLETED).await), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn a_job_cancelled_before_its_worker_receives_the_claim_stays_cancelled() {
    with_service(async |service| {
        let client = Client::new(&service.url, &service.account("ada", 10).await);
        let job = job_id(&client.post("/v1/pdf", &async_job()).await);
        let proxy = Proxy::to(&service.database_url).await;
        let claimed = proxy.inject(CLAIM, 1, FaultPoint::After, Fault::Hold);
        let mut worker = worker_through(service, &proxy, 1).await;
        claimed.occurred().await;

        let response = client.delete(&format!("/v1/jobs/{job}")).await;
        proxy.release();
        let next = job_id(&client.post("/v1/pdf", &async_job()).await);
        let next = service.wait_for_job(&client.key, &next).await;
        worker.signal(Signal::SIGTERM);

        assert_eq!(worker.wait().await, Some(0));
        assert_eq!((response.status, &next["status"]), (200, &json!("completed")));
        assert_eq!(service.wait_for_job(&client.key, &job).await["error_code"], "CANCELLED");
        assert_eq!((service.scalar(REFUNDS).await, service.scalar(WON).await), (1, 1));
    })
    .await;
}
