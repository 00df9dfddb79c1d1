//! Parking, release and full scans: how a job returns to the queue and is found there.

use std::time::Duration;

use domain::job::{self, Claimant, Lane, Retried};
use harness::with_database;
use tokio::time::sleep;

use harness::fixtures::{
    claim, claim_each, claim_one, create_account, failure, register_reaper, rendered, submit_job, submit_jobs,
};

#[tokio::test]
async fn a_job_is_parked_for_1_s_then_5_s_and_fails_at_its_third_failed_attempt() {
    with_database(async |database| {
        let db = &database.db;
        submit_jobs(db, &create_account(db, "ada", 20).await, 20, Lane::Interactive).await;
        let live = register_reaper(db, "live").await;
        let clock = async || {
            let clock = sqlx::query_scalar("select extract(epoch from clock_timestamp())::float8");
            clock.fetch_one(db).await.expect("a clock")
        };

        for rest in [1.0, 5.0] {
            let before: f64 = clock().await;
            for claim in claim(&mut Claimant::new(live), db, 20).await {
                assert_eq!(claim.lease.retry(db, &failure()).await.expect("a live lease"), Retried::Parked);
            }
            let after = clock().await;
            let due =
                sqlx::query_scalar("select extract(epoch from due_at)::float8 from queue where parked order by due_at");
            let due: Vec<f64> = due.fetch_all(db).await.expect("moments");
            assert_eq!(due.len(), 20);
            assert!(due[0] - before >= 0.8 * rest && due[19] - after <= 1.2 * rest, "{rest}: {due:?}");
            assert!(
                due.windows(2).any(|due| due[1] - due[0] > 0.001 * rest),
                "jobs that fail together are due at different times"
            );
            database.execute("update queue set due_at = now()").await;
            assert_eq!(job::unpark(db).await.expect("the call succeeds"), 20);
        }
        for claim in claim(&mut Claimant::new(live), db, 20).await {
            assert_eq!(claim.lease.retry(db, &failure()).await.expect("a live lease"), Retried::Failed);
        }

        assert_eq!(database.scalar("select balance from account").await, 20);
        assert_eq!(database.scalar("select count(*) from job where error_code = 'RENDERER_CRASHED'").await, 20);
    })
    .await;
}

#[tokio::test]
async fn parked_jobs_are_not_claimed_and_due_ones_return_in_chunks_of_500() {
    with_database(async |database| {
        let db = &database.db;
        submit_jobs(db, &create_account(db, "ada", 600).await, 600, Lane::Bulk).await;
        database.execute("update queue set parked = true, due_at = now() + interval '1 hour'").await;
        database.execute("update queue set due_at = now() where job in (select job from queue limit 550)").await;
        let mut claimant = Claimant::new(register_reaper(db, "live").await);
        let unpark = async || job::unpark(db).await.expect("the call succeeds");

        assert!(claim(&mut claimant, db, 10).await.is_empty());
        assert_eq!([unpark().await, unpark().await, unpark().await], [500, 50, 0]);
        assert_eq!(claim(&mut claimant, db, 1000).await.len(), 550);
        assert_eq!(database.scalar("select count(*) from queue where parked").await, 50);
    })
    .await;
}

#[tokio::test]
async fn a_parked_job_can_be_cancelled_and_can_time_out() {
    with_database(async |database| {
        let db = &database.db;
        let ada = create_account(db, "ada", 2).await;
        let live = register_reaper(db, "live").await;
        let (first, _second) = (submit_job(db, &ada).await, submit_job(db, &ada).await);
        for _ in 0..2 {
            claim_one(db, live).await.lease.retry(db, &failure()).await.expect("a live lease");
        }

        assert!(job::cancel(db, &ada, first).await.expect("the call succeeds"));
        assert_eq!(job::time_out(db, Duration::ZERO).await.expect("the call succeeds"), 1);

        assert_eq!(database.scalar("select balance from account").await, 2);
    })
    .await;
}

#[tokio::test]
async fn a_release_uses_up_no_attempt_and_the_job_is_claimed_before_later_ones() {
    with_database(async |database| {
        let db = &database.db;
        submit_jobs(db, &create_account(db, "ada", 10).await, 10, Lane::Interactive).await;
        let mut claimant = Claimant::new(register_reaper(db, "live").await);
        let first = claim(&mut claimant, db, 1).await.pop().expect("the first");
        let job = first.lease.job();
        for claim in claim(&mut claimant, db, 3).await {
            claim.lease.complete(db, &rendered(1)).await.expect("a live lease");
        }

        first.lease.release(db).await.expect("a live lease");
        let again = claim(&mut claimant, db, 1).await.pop().expect("the first");

        assert_eq!((again.lease.job(), again.attempt), (job, 1));
    })
    .await;
}

#[tokio::test]
async fn the_first_claim_of_a_claimant_scans_the_whole_queue() {
    with_database(async |database| {
        let db = &database.db;
        let job = submit_job(db, &create_account(db, "ada", 1).await).await;
        database.execute("update queue set fair_tag = 1").await;

        let claim = claim_one(db, register_reaper(db, "live").await).await;

        assert_eq!(claim.lease.job(), job);
    })
    .await;
}

/// Slightly longer than a claimant keeps its floor. The claimant uses its process's clock, so the
/// test has to wait.
const FLOOR: Duration = Duration::from_millis(5050);

#[tokio::test]
async fn a_job_committed_below_the_floor_is_found_by_the_next_full_scan() {
    with_database(async |database| {
        let db = &database.db;
        let ada = create_account(db, "ada", 10).await;
        let mut claimant = Claimant::new(register_reaper(db, "live").await);
        for _ in 0..2 {
            submit_job(db, &ada).await;
            assert_eq!(claim(&mut claimant, db, 1).await.len(), 1);
            sleep(FLOOR).await;
        }
        assert!(claim(&mut claimant, db, 1).await.is_empty(), "a full scan of an empty queue finds nothing");
        let (late, above) = (submit_job(db, &ada).await, submit_job(db, &ada).await);
        sqlx::query("update queue set fair_tag = 1 where job = $1")
            .bind(late)
            .execute(db)
            .await
            .expect("a late commit");

        assert_eq!(claim_each(&mut claimant, db, 2).await, [above]);
        sleep(FLOOR).await;

        assert_eq!(claim_each(&mut claimant, db, 1).await, [late]);
    })
    .await;
}
