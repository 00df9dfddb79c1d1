//! Fairness: how long an account waits does not depend on the load of other accounts.

use domain::Db;
use domain::account::{Limits, limit};
use domain::id::JobId;
use domain::job::{self, Claimant, Lane, PREFERENCE_STEPS, PREFERENCE_WINDOW};
use domain::key::Caller;
use harness::{Database, with_database};

use harness::fixtures::{
    actor, claim, claim_each, claim_one, create_account, failure, register_reaper, submit_job, submit_jobs,
};

/// Returns how many of these jobs were claimed.
fn among(jobs: &[JobId], claimed: &[JobId]) -> usize {
    claimed.iter().filter(|job| jobs.contains(job)).count()
}

async fn claimant(db: &Db) -> Claimant {
    Claimant::new(register_reaper(db, "live").await)
}

#[tokio::test]
async fn ten_jobs_behind_ten_thousand_of_another_account_start_within_25_claims() {
    with_database(async |database| {
        let db = &database.db;
        let (large, small) = (create_account(db, "large", 10_000).await, create_account(db, "small", 20).await);
        let mut claimant = claimant(db).await;

        for lane in [Lane::Interactive, Lane::Bulk] {
            submit_jobs(db, &large, 5000, lane).await;
            claim(&mut claimant, db, 50).await;
            let ten = submit_jobs(db, &small, 10, lane).await;

            assert_eq!(among(&ten, &claim_each(&mut claimant, db, 25).await), 10, "{lane:?}");
            database.execute(EMPTY).await;
        }
    })
    .await;
}

/// Ends the remaining jobs, as if they had been rendered and had expired.
const EMPTY: &str = "
    with done as (delete from queue returning job)
    update job
    set state = 'completed', lease = 0, completed_at = now(), slot = 0, expires_at = now() - interval '1 minute'
    from done
    where id = done.job";

#[tokio::test]
async fn an_interactive_job_does_not_wait_for_its_accounts_own_bulk_jobs() {
    with_database(async |database| {
        let db = &database.db;
        let ada = create_account(db, "ada", 2000).await;
        let mut claimant = claimant(db).await;
        submit_jobs(db, &ada, 1000, Lane::Bulk).await;

        for turn in 0..10 {
            claim(&mut claimant, db, 1).await;
            let job = submit_job(db, &ada).await;

            assert!(claim_each(&mut claimant, db, 2).await.contains(&job), "turn {turn}");
        }
    })
    .await;
}

#[tokio::test]
async fn accounts_share_claims_by_their_weights() {
    with_database(async |database| {
        let db = &database.db;
        let (heavy, light) = (create_account(db, "heavy", 200).await, create_account(db, "light", 200).await);
        let weight = Limits { weight: Some(3), ..Limits::default() };
        limit(db, &actor(), "heavy", weight).await.expect("a weight");
        let light = submit_jobs(db, &light, 200, Lane::Bulk).await;
        let heavy = submit_jobs(db, &heavy, 200, Lane::Bulk).await;
        let mut claimant = claimant(db).await;

        for claims in [40, 80, 40] {
            let claimed = claim_each(&mut claimant, db, claims).await;

            let (heavy, light) = (among(&heavy, &claimed), among(&light, &claimed));
            assert!(heavy.abs_diff(3 * light) <= 8, "{heavy} to {light}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_new_weight_applies_from_the_next_job() {
    with_database(async |database| {
        let db = &database.db;
        let (ada, bob) = (create_account(db, "ada", 100).await, create_account(db, "bob", 100).await);
        let mut first = submit_jobs(db, &ada, 40, Lane::Bulk).await;
        limit(db, &actor(), "ada", Limits { weight: Some(1000), ..Limits::default() }).await.expect("a weight");
        let other = submit_jobs(db, &bob, 60, Lane::Bulk).await;

        first.extend(submit_jobs(db, &ada, 40, Lane::Bulk).await);
        let claimed = claim_each(&mut claimant(db).await, db, 121).await;

        assert!(among(&other, &claimed[..80]).abs_diff(40) <= 1, "one to one while both dumps are of weight 1");
        assert!(among(&other, &claimed[80..]) <= 2, "then a thousand to one");
    })
    .await;
}

#[tokio::test]
async fn one_of_five_claims_prefers_bulk_while_both_lanes_are_full() {
    with_database(async |database| {
        let db = &database.db;
        let ada = create_account(db, "ada", 300).await;
        let bulk = submit_jobs(db, &ada, 100, Lane::Bulk).await;
        let interactive = submit_jobs(db, &ada, 100, Lane::Interactive).await;
        let mut claimant = claimant(db).await;

        let both = claim_each(&mut claimant, db, 100).await;
        let rest = claim_each(&mut claimant, db, 100).await;

        assert_eq!((among(&interactive, &both), among(&bulk, &both)), (80, 20));
        assert_eq!((among(&interactive, &rest), among(&bulk, &rest)), (20, 80));
    })
    .await;
}

#[tokio::test]
async fn a_claim_for_many_slots_fills_them_from_the_other_lane() {
    with_database(async |database| {
        let db = &database.db;
        let ada = create_account(db, "ada", 20).await;
        submit_jobs(db, &ada, 3, Lane::Interactive).await;
        submit_jobs(db, &ada, 10, Lane::Bulk).await;

        let claims = claim(&mut claimant(db).await, db, 8).await;

        assert_eq!(claims.len(), 8);
        assert_eq!(database.scalar("select count(*) from queue where lease is not null and lane = 0").await, 3);
    })
    .await;
}

/// Queues a job of bob behind this number of jobs of ada.
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
async fn a_preferred_accounts_job_is_claimed_first_if_it_is_near_the_head() {
    with_database(async |database| {
        let db = &database.db;
        let (ada, bob) = (create_account(db, "ada", 40).await, create_account(db, "bob", 2).await);
        limit(db, &actor(), "ada", Limits { weight: Some(1000), ..Limits::default() }).await.expect("a weight");
        let line = submit_jobs(db, &ada, 40, Lane::Interactive).await;
        let prefer = async |caller: &Caller| {
            let mut claimant = Claimant::new(register_reaper(db, "live").await);
            let claims = claimant.claim_preferring(db, 1, &[caller.account()]).await.expect("a claim");
            claims.iter().map(|claim| claim.lease.job()).collect::<Vec<_>>()
        };

        let near = submit_job(db, &bob).await;
        stand_behind(database, PREFERENCE_WINDOW - 1).await;
        assert_eq!(prefer(&bob).await, [near]);
        submit_job(db, &bob).await;
        stand_behind(database, PREFERENCE_WINDOW).await;
        assert_eq!(prefer(&bob).await, [line[0]]);
    })
    .await;
}

#[tokio::test]
async fn a_claim_that_prefers_an_account_fills_its_other_slots_in_queue_order() {
    with_database(async |database| {
        let db = &database.db;
        let (ada, bob) = (create_account(db, "ada", 40).await, create_account(db, "bob", 2).await);
        limit(db, &actor(), "ada", Limits { weight: Some(1000), ..Limits::default() }).await.expect("a weight");
        let line = submit_jobs(db, &ada, 4, Lane::Interactive).await;
        let preferred = submit_job(db, &bob).await;
        stand_behind(database, 4).await;
        let mut claimant = claimant(db).await;

        let claims = claimant.claim_preferring(db, 3, &[bob.account()]).await.expect("a claim");

        let mut jobs: Vec<_> = claims.iter().map(|claim| claim.lease.job()).collect();
        jobs.sort_unstable();
        assert_eq!(jobs, [line[0], line[1], preferred]);
    })
    .await;
}

#[tokio::test]
async fn preferred_accounts_overtake_another_by_a_few_jobs_however_many_they_have() {
    with_database(async |database| {
        let db = &database.db;
        let (ada, bob) = (create_account(db, "ada", 20).await, create_account(db, "bob", 20).await);
        for caller in [&ada, &bob] {
            submit_jobs(db, caller, 20, Lane::Interactive).await;
        }
        let other = submit_job(db, &create_account(db, "cyd", 1).await).await;
        let worker = register_reaper(db, "live").await;
        let (preferred, mut overtaken) = ([ada.account(), bob.account()], 0);

        // Each is a first claim: the fifth would look at the other lane.
        let claim = async || {
            let claims = Claimant::new(worker).claim_preferring(db, 1, &preferred).await.expect("a claim");
            claims.first().expect("a job").lease.job()
        };
        while claim().await != other {
            overtaken += 1;
        }

        // One of each of the two would be fair.
        assert_eq!(overtaken, 2 * (1 + PREFERENCE_STEPS));
    })
    .await;
}

#[tokio::test]
async fn cancelling_queued_jobs_restores_the_accounts_position() {
    with_database(async |database| {
        let db = &database.db;
        let (ada, bob) = (create_account(db, "ada", 1000).await, create_account(db, "bob", 100).await);
        for job in submit_jobs(db, &ada, 1000, Lane::Bulk).await {
            assert!(job::cancel(db, &ada, job).await.expect("the call succeeds"));
        }
        submit_jobs(db, &bob, 100, Lane::Bulk).await;

        let next = submit_jobs(db, &ada, 1, Lane::Bulk).await;

        assert!(claim_each(&mut claimant(db).await, db, 2).await.contains(&next[0]));
    })
    .await;
}

#[tokio::test]
async fn cancelling_a_started_job_does_not_restore_the_accounts_position() {
    with_database(async |database| {
        let db = &database.db;
        let ada = create_account(db, "ada", 10).await;
        let live = register_reaper(db, "live").await;
        let tag = async || database.scalar("select interactive_tag from account").await;
        let job = submit_job(db, &ada).await;
        let before = tag().await;

        claim_one(db, live).await;
        assert!(job::cancel(db, &ada, job).await.expect("the call succeeds"));

        assert_eq!(tag().await, before);
    })
    .await;
}

#[tokio::test]
async fn a_retry_neither_skips_ahead_nor_waits_behind_a_backlog() {
    with_database(async |database| {
        let db = &database.db;
        let (ada, bob) = (create_account(db, "ada", 100).await, create_account(db, "bob", 1).await);
        submit_jobs(db, &ada, 100, Lane::Interactive).await;
        let first = submit_job(db, &bob).await;
        let mut claimant = claimant(db).await;
        let claim = claim(&mut claimant, db, 1).await.pop().expect("ada's first");
        let again = claim.lease.job();

        claim.lease.retry(db, &failure()).await.expect("a live lease");
        database.execute("update queue set due_at = now() where parked").await;
        assert_eq!(job::unpark(db).await.expect("the call succeeds"), 1);
        let next = claim_each(&mut claimant, db, 3).await;

        assert_eq!(next[0], first, "who stood at the head comes first");
        assert!(next[1..].contains(&again));
    })
    .await;
}
