//! Fairness: who waits how long does not depend on how much somebody else asks for.

use domain::Db;
use domain::account::{Limits, limit};
use domain::id::JobId;
use domain::job::{self, Claimant, Lane, NEAR};
use domain::key::Caller;
use harness::{Database, on_database};

use crate::given::{account, claimed, dumped, failure, order, submitted, taken, worker};

/// How many of these jobs are among those.
fn among(jobs: &[JobId], claimed: &[JobId]) -> usize {
    claimed.iter().filter(|job| jobs.contains(job)).count()
}

async fn claimant(db: &Db) -> Claimant {
    Claimant::new(worker(db, "live").await)
}

#[tokio::test]
async fn ten_jobs_behind_ten_thousand_of_another_start_within_the_next_25_claims() {
    on_database(async |database| {
        let db = &database.db;
        let (large, small) = (account(db, "large", 10_000).await, account(db, "small", 20).await);
        let mut claimant = claimant(db).await;

        for lane in [Lane::Interactive, Lane::Bulk] {
            dumped(db, &large, 5000, lane).await;
            taken(&mut claimant, db, 50).await;
            let ten = dumped(db, &small, 10, lane).await;

            assert_eq!(among(&ten, &order(&mut claimant, db, 25).await), 10, "{lane:?}");
            database.change(EMPTY).await;
        }
    })
    .await;
}

/// Ends what is left, as if it had been done and had expired.
const EMPTY: &str = "
    with done as (delete from queue returning job)
    update job
    set state = 'completed', lease = 0, completed_at = now(), slot = 0, expires_at = now() - interval '1 minute'
    from done
    where id = done.job";

#[tokio::test]
async fn an_interactive_job_does_not_wait_for_its_accounts_own_dump() {
    on_database(async |database| {
        let db = &database.db;
        let ada = account(db, "ada", 2000).await;
        let mut claimant = claimant(db).await;
        dumped(db, &ada, 1000, Lane::Bulk).await;

        for turn in 0..10 {
            taken(&mut claimant, db, 1).await;
            let job = submitted(db, &ada).await;

            assert!(order(&mut claimant, db, 2).await.contains(&job), "turn {turn}");
        }
    })
    .await;
}

#[tokio::test]
async fn accounts_share_claims_by_their_weights() {
    on_database(async |database| {
        let db = &database.db;
        let (heavy, light) = (account(db, "heavy", 200).await, account(db, "light", 200).await);
        let weight = Limits { weight: Some(3), ..Limits::default() };
        limit(db, "heavy", weight).await.expect("a weight");
        let light = dumped(db, &light, 200, Lane::Bulk).await;
        let heavy = dumped(db, &heavy, 200, Lane::Bulk).await;
        let mut claimant = claimant(db).await;

        for claims in [40, 80, 40] {
            let claimed = order(&mut claimant, db, claims).await;

            let (heavy, light) = (among(&heavy, &claimed), among(&light, &claimed));
            assert!(heavy.abs_diff(3 * light) <= 8, "{heavy} to {light}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_weight_holds_from_the_next_job_on() {
    on_database(async |database| {
        let db = &database.db;
        let (ada, bob) = (account(db, "ada", 100).await, account(db, "bob", 100).await);
        let mut first = dumped(db, &ada, 40, Lane::Bulk).await;
        limit(db, "ada", Limits { weight: Some(1000), ..Limits::default() }).await.expect("a weight");
        let other = dumped(db, &bob, 60, Lane::Bulk).await;

        first.extend(dumped(db, &ada, 40, Lane::Bulk).await);
        let claimed = order(&mut claimant(db).await, db, 121).await;

        assert!(among(&other, &claimed[..80]).abs_diff(40) <= 1, "one to one while both dumps are of weight 1");
        assert!(among(&other, &claimed[80..]) <= 2, "then a thousand to one");
    })
    .await;
}

#[tokio::test]
async fn bulk_is_served_once_in_five_claims_while_both_lanes_are_full() {
    on_database(async |database| {
        let db = &database.db;
        let ada = account(db, "ada", 300).await;
        let bulk = dumped(db, &ada, 100, Lane::Bulk).await;
        let interactive = dumped(db, &ada, 100, Lane::Interactive).await;
        let mut claimant = claimant(db).await;

        let both = order(&mut claimant, db, 100).await;
        let rest = order(&mut claimant, db, 100).await;

        assert_eq!((among(&interactive, &both), among(&bulk, &both)), (80, 20));
        assert_eq!((among(&interactive, &rest), among(&bulk, &rest)), (20, 80));
    })
    .await;
}

#[tokio::test]
async fn a_claim_for_many_slots_fills_them_from_the_other_lane() {
    on_database(async |database| {
        let db = &database.db;
        let ada = account(db, "ada", 20).await;
        dumped(db, &ada, 3, Lane::Interactive).await;
        dumped(db, &ada, 10, Lane::Bulk).await;

        let claims = taken(&mut claimant(db).await, db, 8).await;

        assert_eq!(claims.len(), 8);
        assert_eq!(database.count("select count(*) from queue where lease is not null and lane = 0").await, 3);
    })
    .await;
}

/// Puts bob's job behind so many of ada's.
async fn stand_behind(database: &Database, ahead: i64) {
    sqlx::query(
        "with waits as (
             select job, fair_tag, name from queue join account on account.id = account where lease is null
         )
         update queue
         set fair_tag = 1 + (select fair_tag from waits where name = 'ada' order by fair_tag offset $1 - 1 limit 1)
         where job = (select job from waits where name = 'bob')",
    )
    .bind(ahead)
    .execute(&database.db)
    .await
    .expect("a place in line");
}

#[tokio::test]
async fn a_preferred_accounts_job_is_taken_first_if_it_stands_near_the_head() {
    on_database(async |database| {
        let db = &database.db;
        let (ada, bob) = (account(db, "ada", 40).await, account(db, "bob", 2).await);
        let line = dumped(db, &ada, 40, Lane::Interactive).await;
        let prefer = async |caller: &Caller| {
            let mut claimant = Claimant::new(worker(db, "live").await);
            let claims = claimant.claim_preferring(db, 1, Some(caller.account())).await.expect("a claim");
            claims.iter().map(|claim| claim.lease.job()).collect::<Vec<_>>()
        };

        let near = submitted(db, &bob).await;
        stand_behind(database, NEAR - 1).await;
        assert_eq!(prefer(&bob).await, [near]);
        submitted(db, &bob).await;
        stand_behind(database, NEAR).await;
        assert_eq!(prefer(&bob).await, [line[0]]);
    })
    .await;
}

#[tokio::test]
async fn a_claim_that_prefers_an_account_fills_its_other_slots_in_the_order_of_the_line() {
    on_database(async |database| {
        let db = &database.db;
        let (ada, bob) = (account(db, "ada", 40).await, account(db, "bob", 2).await);
        let line = dumped(db, &ada, 4, Lane::Interactive).await;
        let preferred = submitted(db, &bob).await;
        stand_behind(database, 4).await;
        let mut claimant = claimant(db).await;

        let claims = claimant.claim_preferring(db, 3, Some(bob.account())).await.expect("a claim");

        let mut jobs: Vec<_> = claims.iter().map(|claim| claim.lease.job()).collect();
        jobs.sort_unstable();
        assert_eq!(jobs, [line[0], line[1], preferred]);
    })
    .await;
}

#[tokio::test]
async fn a_cancelled_dump_gives_its_place_in_line_back() {
    on_database(async |database| {
        let db = &database.db;
        let (ada, bob) = (account(db, "ada", 1000).await, account(db, "bob", 100).await);
        for job in dumped(db, &ada, 1000, Lane::Bulk).await {
            assert!(job::cancel(db, &ada, job).await.expect("an answer"));
        }
        dumped(db, &bob, 100, Lane::Bulk).await;

        let next = dumped(db, &ada, 1, Lane::Bulk).await;

        assert!(order(&mut claimant(db).await, db, 2).await.contains(&next[0]));
    })
    .await;
}

#[tokio::test]
async fn a_job_that_was_begun_keeps_its_place_spent_when_it_is_cancelled() {
    on_database(async |database| {
        let db = &database.db;
        let ada = account(db, "ada", 10).await;
        let live = worker(db, "live").await;
        let tag = async || database.count("select interactive_tag from account").await;
        let job = submitted(db, &ada).await;
        let before = tag().await;

        claimed(db, live).await;
        assert!(job::cancel(db, &ada, job).await.expect("an answer"));

        assert_eq!(tag().await, before);
    })
    .await;
}

#[tokio::test]
async fn a_retry_neither_jumps_the_line_nor_waits_behind_a_backlog() {
    on_database(async |database| {
        let db = &database.db;
        let (ada, bob) = (account(db, "ada", 100).await, account(db, "bob", 1).await);
        dumped(db, &ada, 100, Lane::Interactive).await;
        let first = submitted(db, &bob).await;
        let mut claimant = claimant(db).await;
        let claim = taken(&mut claimant, db, 1).await.pop().expect("ada's first");
        let again = claim.lease.job();

        claim.lease.retry(db, &failure()).await.expect("a live lease");
        database.change("update queue set due_at = now() where parked").await;
        assert_eq!(job::unpark(db).await.expect("an answer"), 1);
        let next = order(&mut claimant, db, 3).await;

        assert_eq!(next[0], first, "who stood at the head comes first");
        assert!(next[1..].contains(&again));
    })
    .await;
}
