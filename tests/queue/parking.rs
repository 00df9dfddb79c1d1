//! Parking, releasing and looking back: how a job stands in line again, and is found there.

use std::time::Duration;

use domain::job::{self, Claimant, Lane, Retried};
use harness::on_database;
use tokio::time::sleep;

use crate::given::{account, claimed, dumped, failure, order, rendered, submitted, taken, worker};

#[tokio::test]
async fn a_failed_attempt_rests_one_second_then_five_and_the_third_is_the_last() {
    on_database(async |database| {
        let db = &database.db;
        dumped(db, &account(db, "ada", 20).await, 20, Lane::Interactive).await;
        let live = worker(db, "live").await;
        let moment = async || {
            let moment = sqlx::query_scalar("select extract(epoch from clock_timestamp())::float8");
            moment.fetch_one(db).await.expect("a moment")
        };

        for rest in [1.0, 5.0] {
            let before: f64 = moment().await;
            for claim in taken(&mut Claimant::new(live), db, 20).await {
                assert_eq!(claim.lease.retry(db, &failure()).await.expect("a live lease"), Retried::Parked);
            }
            let after = moment().await;
            let due =
                sqlx::query_scalar("select extract(epoch from due_at)::float8 from queue where parked order by due_at");
            let due: Vec<f64> = due.fetch_all(db).await.expect("moments");
            assert_eq!(due.len(), 20);
            assert!(due[0] - before >= 0.8 * rest && due[19] - after <= 1.2 * rest, "{rest}: {due:?}");
            assert!(due.windows(2).any(|due| due[1] - due[0] > 0.001 * rest), "what fails together comes back apart");
            database.change("update queue set due_at = now()").await;
            assert_eq!(job::unpark(db).await.expect("an answer"), 20);
        }
        for claim in taken(&mut Claimant::new(live), db, 20).await {
            assert_eq!(claim.lease.retry(db, &failure()).await.expect("a live lease"), Retried::Failed);
        }

        assert_eq!(database.count("select balance from account").await, 20);
        assert_eq!(database.count("select count(*) from job where error_code = 'RENDERER_CRASHED'").await, 20);
    })
    .await;
}

#[tokio::test]
async fn what_rests_is_not_claimed_and_only_what_is_due_comes_back_500_at_a_time() {
    on_database(async |database| {
        let db = &database.db;
        dumped(db, &account(db, "ada", 600).await, 600, Lane::Bulk).await;
        database.change("update queue set parked = true, due_at = now() + interval '1 hour'").await;
        database.change("update queue set due_at = now() where job in (select job from queue limit 550)").await;
        let mut claimant = Claimant::new(worker(db, "live").await);
        let unpark = async || job::unpark(db).await.expect("an answer");

        assert!(taken(&mut claimant, db, 10).await.is_empty());
        assert_eq!([unpark().await, unpark().await, unpark().await], [500, 50, 0]);
        assert_eq!(taken(&mut claimant, db, 1000).await.len(), 550);
        assert_eq!(database.count("select count(*) from queue where parked").await, 50);
    })
    .await;
}

#[tokio::test]
async fn a_job_that_rests_can_be_cancelled_and_is_too_old_like_any_other() {
    on_database(async |database| {
        let db = &database.db;
        let ada = account(db, "ada", 2).await;
        let live = worker(db, "live").await;
        let (first, _second) = (submitted(db, &ada).await, submitted(db, &ada).await);
        for _ in 0..2 {
            claimed(db, live).await.lease.retry(db, &failure()).await.expect("a live lease");
        }

        assert!(job::cancel(db, &ada, first).await.expect("an answer"));
        assert_eq!(job::time_out(db, Duration::ZERO).await.expect("an answer"), 1);

        assert_eq!(database.count("select balance from account").await, 2);
    })
    .await;
}

#[tokio::test]
async fn a_released_job_costs_no_attempt_and_is_the_next_though_others_were_done_meanwhile() {
    on_database(async |database| {
        let db = &database.db;
        dumped(db, &account(db, "ada", 10).await, 10, Lane::Interactive).await;
        let mut claimant = Claimant::new(worker(db, "live").await);
        let first = taken(&mut claimant, db, 1).await.pop().expect("the first");
        let job = first.lease.job();
        for claim in taken(&mut claimant, db, 3).await {
            claim.lease.complete(db, &rendered(1)).await.expect("a live lease");
        }

        first.lease.release(db).await.expect("a live lease");
        let again = taken(&mut claimant, db, 1).await.pop().expect("the first");

        assert_eq!((again.lease.job(), again.attempt), (job, 1));
    })
    .await;
}

#[tokio::test]
async fn whoever_has_not_claimed_before_looks_at_everything() {
    on_database(async |database| {
        let db = &database.db;
        let job = submitted(db, &account(db, "ada", 1).await).await;
        database.change("update queue set fair_tag = 1").await;

        let claim = claimed(db, worker(db, "live").await).await;

        assert_eq!(claim.lease.job(), job);
    })
    .await;
}

/// How long a claimant keeps its floor, and somewhat more. It goes by its own clock, which
/// no statement moves.
const FLOOR: Duration = Duration::from_millis(5050);

#[tokio::test]
async fn a_job_that_came_in_below_the_floor_is_found_by_the_next_look_at_everything() {
    on_database(async |database| {
        let db = &database.db;
        let ada = account(db, "ada", 10).await;
        let mut claimant = Claimant::new(worker(db, "live").await);
        for _ in 0..2 {
            submitted(db, &ada).await;
            assert_eq!(taken(&mut claimant, db, 1).await.len(), 1);
            sleep(FLOOR).await;
        }
        assert!(taken(&mut claimant, db, 1).await.is_empty(), "it looks at everything, and there is nothing");
        let (late, above) = (submitted(db, &ada).await, submitted(db, &ada).await);
        sqlx::query("update queue set fair_tag = 1 where job = $1")
            .bind(late)
            .execute(db)
            .await
            .expect("a late commit");

        assert_eq!(order(&mut claimant, db, 2).await, [above]);
        sleep(FLOOR).await;

        assert_eq!(order(&mut claimant, db, 1).await, [late]);
    })
    .await;
}
