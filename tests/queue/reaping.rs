//! Reaping: the job of a lapsed lease goes to another worker, and the old lease can no longer
//! write.

use domain::job::{self, Claimant, ErrorCode, Failure, LeaseError, Retried};
use domain::worker::{self, WorkerStats};
use harness::fixtures::{claim_one, html_job, register_worker, rendered};
use harness::with_service;

use super::account_with_jobs;

/// The worker `late` has been silent for longer than a lease allows.
const LATE_IS_SILENT: &str = "update worker set beat_at = now() - interval '1 minute' where name = 'late'";

/// The worker `live` may reap.
const LIVE_MAY_REAP: &str = "update worker set judges_from = now() where name = 'live'";

#[tokio::test]
async fn a_worker_whose_lease_was_reaped_writes_nothing() {
    with_service(async |service| {
        account_with_jobs(service, 1).await;
        let (late, live) = (register_worker(&service.db, "late").await, register_worker(&service.db, "live").await);
        let stale = claim_one(&service.db, late).await;
        service.execute(LATE_IS_SILENT).await;
        service.execute(LIVE_MAY_REAP).await;
        assert_eq!(job::reap(&service.db, live).await.expect("a reap").queued, 1);
        let fresh = claim_one(&service.db, live).await;
        assert_eq!((fresh.lease.job(), fresh.attempt), (stale.lease.job(), 2));

        let lost =
            worker::beat(&service.db, late, &[stale.lease.fence()], WorkerStats::default()).await.expect("a beat").lost;
        let stale = stale.lease.complete(&service.db, &rendered(7)).await;

        assert_eq!(lost.len(), 1);
        assert!(matches!(stale, Err(LeaseError::Lost(..))));
        fresh.lease.complete(&service.db, &rendered(7)).await.expect("the live lease completes");
    })
    .await;
}

#[tokio::test]
async fn a_stale_lease_cannot_fail_retry_or_release_a_job() {
    with_service(async |service| {
        account_with_jobs(service, 3).await;
        let worker = register_worker(&service.db, "late").await;
        let failure = Failure::new(ErrorCode::BrowserCrashed, "gone");
        let [first, second, third] = [(); 3].map(|()| claim_one(&service.db, worker));
        let (first, second, third) = (first.await, second.await, third.await);
        service.execute("update queue set lease = nextval('lease_number')").await;

        let lost = [
            first.lease.fail(&service.db, &failure).await,
            second.lease.retry(&service.db, &failure).await.map(drop),
            third.lease.release(&service.db).await,
        ];

        assert!(lost.iter().all(|lost| matches!(lost, Err(LeaseError::Lost(..)))), "{lost:?}");
        assert_eq!(service.scalar("select count(*) from queue where lease is not null and attempt = 1").await, 3);
    })
    .await;
}

#[tokio::test]
async fn a_lease_past_its_deadline_lapses_even_if_its_worker_beats() {
    with_service(async |service| {
        account_with_jobs(service, 1).await;
        let live = register_worker(&service.db, "live").await;
        let _hung = claim_one(&service.db, live).await;
        service.execute(LIVE_MAY_REAP).await;

        let before = job::reap(&service.db, live).await.expect("a reap");
        service.execute("update queue set deadline = now() - interval '1 second'").await;
        let after = job::reap(&service.db, live).await.expect("a reap");

        assert_eq!((before.queued, after.queued), (0, 1));
    })
    .await;
}

#[tokio::test]
async fn a_job_whose_attempts_were_all_lost_fails_and_is_refunded_once() {
    with_service(async |service| {
        let key = account_with_jobs(service, 2).await;
        let live = register_worker(&service.db, "live").await;
        service.execute(LIVE_MAY_REAP).await;
        for _ in 0..3 {
            let late = register_worker(&service.db, "late").await;
            let _lost = Claimant::new(late).claim(&service.db, 2).await.expect("a claim");
            service.execute(LATE_IS_SILENT).await;
            job::reap(&service.db, live).await.expect("a reap");
        }

        assert_eq!(
            service.scalar("select count(*) from job where state = 'failed' and error_code = 'WORKER_LOST'").await,
            2
        );
        assert_eq!(service.get(&key, "/v1/balance").await.json()["credits_remaining"], 100);
        assert_eq!(job::reap(&service.db, live).await.expect("a reap"), job::Reaped::default());
    })
    .await;
}

#[tokio::test]
async fn a_worker_that_beats_again_after_a_gap_does_not_reap_at_once() {
    with_service(async |service| {
        account_with_jobs(service, 1).await;
        let (late, live) = (register_worker(&service.db, "late").await, register_worker(&service.db, "live").await);
        let lease = claim_one(&service.db, late).await;
        service.execute(LIVE_MAY_REAP).await;
        service.execute("update worker set beat_at = now() - interval '1 minute'").await;

        worker::beat(&service.db, live, &[], WorkerStats::default()).await.expect("a beat");
        let reaped = job::reap(&service.db, live).await.expect("a reap");

        assert_eq!(reaped, job::Reaped::default());
        lease.lease.complete(&service.db, &rendered(7)).await.expect("no lease was lost in the outage");
    })
    .await;
}

#[tokio::test]
async fn a_worker_that_has_not_beaten_since_a_gap_does_not_reap() {
    with_service(async |service| {
        account_with_jobs(service, 1).await;
        let (late, live) = (register_worker(&service.db, "late").await, register_worker(&service.db, "live").await);
        let lease = claim_one(&service.db, late).await;
        service.execute(LIVE_MAY_REAP).await;
        service.execute("update worker set beat_at = now() - interval '1 minute'").await;

        let reaped = job::reap(&service.db, live).await.expect("a reap");

        assert_eq!(reaped, job::Reaped::default());
        lease.lease.complete(&service.db, &rendered(7)).await.expect("the lease is live");
    })
    .await;
}

#[tokio::test]
async fn a_release_uses_up_no_attempt_and_keeps_the_position() {
    with_service(async |service| {
        account_with_jobs(service, 2).await;
        let worker = register_worker(&service.db, "live").await;
        let first = claim_one(&service.db, worker).await;
        let job = first.lease.job();
        first.lease.release(&service.db).await.expect("the lease is live");

        for _ in 0..10 {
            let again = claim_one(&service.db, worker).await;
            assert_eq!((again.lease.job(), again.attempt), (job, 1));
            again.lease.release(&service.db).await.expect("the lease is live");
        }
    })
    .await;
}

#[tokio::test]
async fn a_retried_job_is_parked_and_claimed_again_until_its_attempts_are_used_up() {
    with_service(async |service| {
        let key = account_with_jobs(service, 2).await;
        let worker = register_worker(&service.db, "live").await;
        let failure = Failure::new(ErrorCode::RendererCrashed, "the page crashed its renderer");

        let mut outcomes = Vec::new();
        for _ in 0..6 {
            let claim = claim_one(&service.db, worker).await;
            outcomes.push((claim.lease.job(), claim.lease.retry(&service.db, &failure).await.expect("a live lease")));
            service.execute("update queue set due_at = now() where parked and attempt < 3").await;
            job::unpark(&service.db).await.expect("the call succeeds");
        }

        let failed = outcomes.iter().filter(|(_, outcome)| *outcome == Retried::Failed).count();
        assert_eq!(failed, 2);
        assert_eq!(service.get(&key, "/v1/balance").await.json()["credits_remaining"], 100);
        assert_eq!(service.scalar("select count(*) from job where error_code = 'RENDERER_CRASHED'").await, 2);
    })
    .await;
}

#[tokio::test]
async fn concurrent_failures_and_cancellations_refund_each_account() {
    with_service(async |service| {
        let mut callers = Vec::new();
        for name in ["ada", "bob", "eve"] {
            let key = service.account(name, 40).await;
            callers.push(domain::key::verify(&service.db, &key).await.expect("a caller"));
        }
        let worker = register_worker(&service.db, "live").await;
        let mut turns = tokio::task::JoinSet::new();
        for turn in 0..30 {
            let (db, caller) = (service.db.clone(), callers[turn % 3].clone());
            turns.spawn(async move {
                let failure = Failure::new(ErrorCode::NavigationFailed, "gone");
                let job = job::submit(&db, &caller, &html_job("<p>"), None).await.expect("a job").job;
                for claim in Claimant::new(worker).claim(&db, 2).await.expect("a claim") {
                    let failed = claim.lease.fail(&db, &failure).await;
                    assert!(matches!(failed, Ok(()) | Err(LeaseError::Lost(..))), "{failed:?}");
                }
                job::cancel(&db, &caller, job).await.expect("the call succeeds");
            });
        }
        turns.join_all().await;

        assert_eq!(service.scalar("select count(*) from job where state = 'failed'").await, 30);
        assert_eq!(service.scalar("select sum(balance)::bigint from account").await, 120);
    })
    .await;
}
