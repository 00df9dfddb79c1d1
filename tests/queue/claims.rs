//! Claims: each job goes to one worker, in the order of submission.

use domain::job::{Claimant, Lane};
use harness::fixtures::{create_account, register_worker, submit_jobs};
use harness::{with_database, with_service};

use super::account_with_jobs;

#[tokio::test]
async fn one_job_is_claimed_by_one_worker() {
    with_service(async |service| {
        account_with_jobs(service, 1).await;
        let (one, other) = (register_worker(&service.db, "one").await, register_worker(&service.db, "other").await);

        let (mut one, mut other) = (Claimant::new(one), Claimant::new(other));
        let (one, other) = tokio::join!(one.claim(&service.db, 4), other.claim(&service.db, 4));

        assert_eq!(one.expect("a claim").len() + other.expect("a claim").len(), 1);
    })
    .await;
}

#[tokio::test]
async fn jobs_are_claimed_in_the_order_of_their_submission() {
    with_service(async |service| {
        account_with_jobs(service, 10).await;
        let worker = register_worker(&service.db, "live").await;

        let mut jobs = Vec::new();
        for _ in 0..5 {
            let claims = Claimant::new(worker).claim(&service.db, 2).await.expect("a claim");
            jobs.extend(claims.iter().map(|claim| claim.lease.job()));
        }

        assert_eq!(jobs.len(), 10);
        assert!(jobs.is_sorted(), "ids sort by the time of their submission");
    })
    .await;
}

#[tokio::test]
async fn concurrent_claims_take_each_job_once() {
    with_service(async |service| {
        account_with_jobs(service, 40).await;
        let worker = register_worker(&service.db, "live").await;

        let mut claims = tokio::task::JoinSet::new();
        for _ in 0..10 {
            let db = service.db.clone();
            claims.spawn(async move { Claimant::new(worker).claim(&db, 4).await.expect("a claim") });
        }
        let claims = claims.join_all().await;

        let mut jobs: Vec<_> = claims.iter().flatten().map(|claim| claim.lease.job()).collect();
        jobs.sort_unstable();
        jobs.dedup();
        assert_eq!(jobs.len(), 40);
    })
    .await;
}

#[tokio::test]
async fn a_claim_knows_whether_it_left_jobs_of_any_lane() {
    with_database(async |database| {
        let db = &database.db;
        let ada = create_account(db, "ada", 100).await;
        let mut claimant = Claimant::new(register_worker(db, "live").await);
        for (interactive, bulk) in [(1, 1), (2, 0), (0, 2)] {
            submit_jobs(db, &ada, interactive, Lane::Interactive).await;
            submit_jobs(db, &ada, bulk, Lane::Bulk).await;

            let mut seen = Vec::new();
            for free in [1, 1, 1] {
                seen.push((claimant.claim(db, free).await.expect("a claim").len(), claimant.left_more()));
            }

            assert_eq!(seen, [(1, true), (1, false), (0, false)], "{interactive} interactive and {bulk} bulk jobs");
        }
        submit_jobs(db, &ada, 3, Lane::Bulk).await;
        assert_eq!((claimant.claim(db, 4).await.expect("a claim").len(), claimant.left_more()), (3, false));
    })
    .await;
}

#[tokio::test]
async fn a_job_with_unknown_options_does_not_stop_the_worker_from_claiming_others() {
    with_service(async |service| {
        let key = account_with_jobs(service, 3).await;
        let worker = register_worker(&service.db, "live").await;
        service.execute(FROM_THE_FUTURE).await;

        let claims = Claimant::new(worker).claim(&service.db, 3).await.expect("a claim");

        let readable: Vec<_> = claims.iter().map(|claim| claim.request.is_ok()).collect();
        assert_eq!(readable, [false, false, true]);
        let asked = service.get(&key, &format!("/v1/jobs/{}", claims[0].lease.job())).await;
        assert_eq!((asked.status, &asked.json()["status"]), (200, &serde_json::json!("processing")));
    })
    .await;
}

/// Adds an option that this version does not know to the first job, and a nested one to the
/// second.
const FROM_THE_FUTURE: &str = "
    update job set options = options || '{\"hologram\": true}' where id = (select min(id::text)::uuid from job);
    update job set options = jsonb_set(options, '{output,screenshot,depth}', '3')
    where id = (select id from job order by id offset 1 limit 1)";
