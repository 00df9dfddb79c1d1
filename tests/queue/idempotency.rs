//! Idempotency: a call with a key takes effect once, however often it is sent.

use std::collections::BTreeSet;

use domain::idempotency::{Idempotency, InvalidKey, MAX_KEY_BYTES, delete_expired};
use domain::job::{self, Delivery, NewJob, SubmitError};
use harness::with_database;
use tokio::task::JoinSet;

use harness::fixtures::{
    actor, claim_one, create_account, create_key, html_job, interactive_job, register_reaper, rendered,
};

/// The idempotency key of a call that submits these jobs.
fn once(key: &str, jobs: &[NewJob]) -> Idempotency {
    let fingerprint = match jobs {
        [job] => job::fingerprint(Delivery::Poll, job),
        jobs => job::fingerprint_batch(jobs),
    };
    Idempotency::new(key, fingerprint).expect("a key")
}

#[tokio::test]
async fn a_hundred_concurrent_calls_with_one_key_submit_one_job() {
    with_database(async |database| {
        let ada = create_account(&database.db, "ada", 200).await;
        let mut calls = JoinSet::new();
        for _ in 0..100 {
            let (db, ada) = (database.db.clone(), ada.clone());
            calls.spawn(async move {
                let asked = interactive_job();
                let once = once("key", std::slice::from_ref(&asked));
                let response = job::submit(&db, &ada, &asked, Some(&once)).await.expect("the call succeeds");
                (response.replayed, (response.job, response.credits_used, response.credits_remaining))
            });
        }
        let (replayed, responses): (Vec<_>, BTreeSet<_>) = calls.join_all().await.into_iter().unzip();

        assert_eq!(responses.len(), 1, "all are answered the same: {responses:?}");
        assert_eq!(replayed.iter().filter(|replayed| !**replayed).count(), 1);
        assert_eq!(database.scalar("select balance from account").await, 199);
        assert_eq!(database.scalar("select count(*) from queue").await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_hundred_concurrent_batches_with_one_key_submit_the_paid_jobs_once() {
    with_database(async |database| {
        let ada = create_account(&database.db, "ada", 7).await;
        let mut calls = JoinSet::new();
        for _ in 0..100 {
            let (db, ada) = (database.db.clone(), ada.clone());
            calls.spawn(async move {
                let asked = vec![interactive_job(); 20];
                let response =
                    job::submit_batch(&db, &ada, &asked, Some(&once("key", &asked))).await.expect("the call succeeds");
                (
                    response.replayed,
                    (response.id.to_string(), response.jobs, response.credits_used, response.credits_remaining),
                )
            });
        }
        let (replayed, responses): (Vec<_>, BTreeSet<_>) = calls.join_all().await.into_iter().unzip();

        assert_eq!(responses.len(), 1, "all are answered the same: {responses:?}");
        assert_eq!(responses.first().map(|(_, jobs, used, left)| (jobs.len(), *used, *left)), Some((7, 7, 0)));
        assert_eq!(replayed.iter().filter(|replayed| !**replayed).count(), 1);
        assert_eq!(database.scalar("select count(*) from queue").await, 7);
    })
    .await;
}

#[tokio::test]
async fn the_stored_response_does_not_change_when_the_job_ends_or_credits_arrive() {
    with_database(async |database| {
        let db = &database.db;
        let ada = create_account(db, "ada", 2).await;
        let asked = vec![interactive_job(); 5];
        let call =
            async || job::submit_batch(db, &ada, &asked, Some(&once("key", &asked))).await.expect("the call succeeds");
        let first = call().await;
        let live = register_reaper(db, "live").await;
        claim_one(db, live).await.lease.complete(db, &rendered(1)).await.expect("a live lease");
        domain::account::grant(db, &actor(), "ada", 100).await.expect("credits");

        let again = call().await;

        assert!(again.replayed);
        assert_eq!((again.jobs, again.credits_remaining), (first.jobs, 0));
        assert_eq!(database.scalar("select balance from account").await, 100);
    })
    .await;
}

#[tokio::test]
async fn a_key_that_was_used_for_another_call_is_rejected() {
    with_database(async |database| {
        let db = &database.db;
        let ada = create_account(db, "ada", 10).await;
        let (asked, other) = ([interactive_job()], [html_job("<p>")]);
        job::submit(db, &ada, &asked[0], Some(&once("key", &asked))).await.expect("a job");

        let sync = Idempotency::new("key", job::fingerprint(Delivery::Wait, &asked[0])).expect("a key");
        let two = [interactive_job(), interactive_job()];
        let refused = [
            job::submit(db, &ada, &other[0], Some(&once("key", &other))).await.map(drop),
            job::submit(db, &ada, &asked[0], Some(&sync)).await.map(drop),
            job::submit_batch(db, &ada, &two, Some(&once("key", &two))).await.map(drop),
            job::replay(db, &ada, Some(&sync)).await.map(drop),
        ];

        assert!(refused.iter().all(|refused| matches!(refused, Err(SubmitError::KeyReused))), "{refused:?}");
        assert_eq!(database.scalar("select balance from account").await, 9);
    })
    .await;
}

#[tokio::test]
async fn twenty_calls_with_one_key_and_one_credit_all_succeed() {
    with_database(async |database| {
        let ada = create_account(&database.db, "ada", 1).await;
        let mut calls = JoinSet::new();
        for _ in 0..20 {
            let (db, ada) = (database.db.clone(), ada.clone());
            calls.spawn(async move {
                let asked = [interactive_job()];
                job::submit(&db, &ada, &asked[0], Some(&once("key", &asked))).await
            });
        }

        for response in calls.join_all().await {
            assert_eq!(response.expect("the call succeeds").credits_remaining, 0);
        }
        assert!(matches!(
            job::submit(&database.db, &ada, &interactive_job(), None).await,
            Err(SubmitError::InsufficientCredits)
        ));
    })
    .await;
}

#[tokio::test]
async fn a_rejected_call_does_not_use_its_key() {
    with_database(async |database| {
        let db = &database.db;
        let ada = create_account(db, "ada", 0).await;
        let asked = [interactive_job()];
        let call = async || job::submit(db, &ada, &asked[0], Some(&once("key", &asked))).await;

        assert!(matches!(call().await, Err(SubmitError::InsufficientCredits)));
        domain::account::grant(db, &actor(), "ada", 1).await.expect("a credit");

        assert!(!call().await.expect("a job").replayed);
    })
    .await;
}

#[tokio::test]
async fn a_key_expires_after_a_day_and_can_be_used_again() {
    with_database(async |database| {
        let db = &database.db;
        let ada = create_account(db, "ada", 10).await;
        let asked = [interactive_job()];
        let call =
            async || job::submit(db, &ada, &asked[0], Some(&once("key", &asked))).await.expect("the call succeeds");
        let first = call().await;

        database.execute("update idempotency set created_at = now() - interval '23 hours 59 minutes'").await;
        let within = call().await;
        database.execute("update idempotency set created_at = now() - interval '25 hours'").await;
        let after = call().await;

        assert_eq!((within.replayed, within.job), (true, first.job));
        assert_eq!((after.replayed, after.job == first.job), (false, false));
        assert_eq!(call().await.job, after.job);
        assert_eq!(database.scalar("select count(*) from idempotency").await, 1);
    })
    .await;
}

#[tokio::test]
async fn only_expired_keys_are_deleted() {
    with_database(async |database| {
        let db = &database.db;
        let ada = create_account(db, "ada", 10).await;
        let asked = [interactive_job()];
        for key in ["old", "older", "new"] {
            job::submit(db, &ada, &asked[0], Some(&once(key, &asked))).await.expect("a job");
        }
        database.execute("update idempotency set created_at = now() - interval '25 hours' where key like 'old%'").await;

        let forgotten = [
            delete_expired(db).await.expect("the call succeeds"),
            delete_expired(db).await.expect("the call succeeds"),
        ];

        assert_eq!(forgotten, [2, 0]);
        assert_eq!(database.scalar("select count(*) from idempotency where key = 'new'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn withdrawing_a_job_frees_its_key_and_cancelling_does_not() {
    with_database(async |database| {
        let db = &database.db;
        let ada = create_account(db, "ada", 10).await;
        let asked = [interactive_job()];
        let key = once("key", &asked);
        let call = async || job::submit(db, &ada, &asked[0], Some(&key)).await.expect("the call succeeds");

        let first = call().await.job;
        assert!(job::withdraw(db, &ada, first, Some(&key), "nobody waits").await.expect("the call succeeds"));
        let second = call().await;
        assert!(job::cancel(db, &ada, second.job).await.expect("the call succeeds"));
        let third = call().await;

        assert_eq!((second.replayed, second.job == first), (false, false));
        assert_eq!((third.replayed, third.job), (true, second.job));
        assert!(!job::withdraw(db, &ada, second.job, Some(&key), "too late").await.expect("the call succeeds"));
        assert!(call().await.replayed);
    })
    .await;
}

#[tokio::test]
async fn withdrawing_a_job_does_not_free_the_key_of_another_call() {
    with_database(async |database| {
        let db = &database.db;
        let ada = create_account(db, "ada", 10).await;
        let asked = [interactive_job()];
        let key = once("key", &asked);
        job::submit(db, &ada, &asked[0], Some(&key)).await.expect("a job");
        let other = job::submit(db, &ada, &asked[0], None).await.expect("a job").job;

        assert!(job::withdraw(db, &ada, other, Some(&key), "nobody waits").await.expect("the call succeeds"));

        assert!(job::submit(db, &ada, &asked[0], Some(&key)).await.expect("the call succeeds").replayed);
    })
    .await;
}

#[tokio::test]
async fn an_idempotency_key_belongs_to_the_account_not_to_the_api_key() {
    with_database(async |database| {
        let db = &database.db;
        let (ada, bob) = (create_account(db, "ada", 10).await, create_account(db, "bob", 10).await);
        let same = create_key(db, "ada").await;
        let asked = [interactive_job()];
        let mut replayed = Vec::new();

        for caller in [&ada, &bob, &same] {
            let call = job::submit(db, caller, &asked[0], Some(&once("key", &asked))).await;
            replayed.push(call.expect("the call succeeds").replayed);
        }

        assert_eq!(replayed, [false, false, true]);
    })
    .await;
}

#[test]
fn a_key_has_1_to_255_visible_characters() {
    let longest = "k".repeat(MAX_KEY_BYTES);
    for good in ["k", "a b", "~!@#", &longest] {
        assert_eq!(
            Idempotency::new(good, job::fingerprint_batch(&[])).map(|once| once.key().to_owned()),
            Ok(good.to_owned())
        );
    }

    let longer = "k".repeat(MAX_KEY_BYTES + 1);
    for bad in ["", "ä", "a\nb", "a\tb", "\u{7f}", "a\0b", &longer] {
        assert_eq!(Idempotency::new(bad, job::fingerprint_batch(&[])).map(drop), Err(InvalidKey), "{bad:?}");
    }
}
