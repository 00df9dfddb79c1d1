//! Idempotency: a call that carries a key is done once, however often it is sent.

use std::collections::BTreeSet;

use domain::idempotency::{BadKey, Idempotency, LONGEST_KEY, forget};
use domain::job::{self, NewJob, SubmitError};
use harness::on_database;
use tokio::task::JoinSet;

use crate::given::{account, claimed, interactive, key, page, rendered, worker};

/// The key of a call that asks for these jobs.
fn once(key: &str, jobs: &[NewJob]) -> Idempotency {
    Idempotency::new(key, "async", jobs).expect("a key")
}

#[tokio::test]
async fn a_hundred_calls_at_once_with_one_key_submit_one_job() {
    on_database(async |database| {
        let ada = account(&database.db, "ada", 200).await;
        let mut calls = JoinSet::new();
        for _ in 0..100 {
            let (db, ada) = (database.db.clone(), ada.clone());
            calls.spawn(async move {
                let asked = interactive();
                let once = once("key", std::slice::from_ref(&asked));
                let answer = job::submit(&db, &ada, &asked, Some(&once)).await.expect("an answer");
                (answer.replayed, (answer.job, answer.credits_used, answer.credits_remaining))
            });
        }
        let (replayed, answers): (Vec<_>, BTreeSet<_>) = calls.join_all().await.into_iter().unzip();

        assert_eq!(answers.len(), 1, "all are answered the same: {answers:?}");
        assert_eq!(replayed.iter().filter(|replayed| !**replayed).count(), 1);
        assert_eq!(database.count("select balance from account").await, 199);
        assert_eq!(database.count("select count(*) from queue").await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_hundred_batches_at_once_with_one_key_submit_one_batch_as_far_as_it_is_paid() {
    on_database(async |database| {
        let ada = account(&database.db, "ada", 7).await;
        let mut calls = JoinSet::new();
        for _ in 0..100 {
            let (db, ada) = (database.db.clone(), ada.clone());
            calls.spawn(async move {
                let asked = vec![interactive(); 20];
                let answer = job::submit_batch(&db, &ada, &asked, Some(&once("key", &asked))).await.expect("an answer");
                (answer.replayed, (answer.id.to_string(), answer.jobs, answer.credits_used, answer.credits_remaining))
            });
        }
        let (replayed, answers): (Vec<_>, BTreeSet<_>) = calls.join_all().await.into_iter().unzip();

        assert_eq!(answers.len(), 1, "all are answered the same: {answers:?}");
        assert_eq!(answers.first().map(|(_, jobs, used, left)| (jobs.len(), *used, *left)), Some((7, 7, 0)));
        assert_eq!(replayed.iter().filter(|replayed| !**replayed).count(), 1);
        assert_eq!(database.count("select count(*) from queue").await, 7);
    })
    .await;
}

#[tokio::test]
async fn what_was_answered_stays_the_answer_though_the_job_ended_and_credits_came() {
    on_database(async |database| {
        let db = &database.db;
        let ada = account(db, "ada", 2).await;
        let asked = vec![interactive(); 5];
        let call = async || job::submit_batch(db, &ada, &asked, Some(&once("key", &asked))).await.expect("an answer");
        let first = call().await;
        let live = worker(db, "live").await;
        claimed(db, live).await.lease.complete(db, &rendered(1)).await.expect("a live lease");
        domain::account::grant(db, "ada", 100).await.expect("credits");

        let again = call().await;

        assert!(again.replayed);
        assert_eq!((again.jobs, again.credits_remaining), (first.jobs, 0));
        assert_eq!(database.count("select balance from account").await, 100);
    })
    .await;
}

#[tokio::test]
async fn a_key_that_was_used_for_another_call_is_refused() {
    on_database(async |database| {
        let db = &database.db;
        let ada = account(db, "ada", 10).await;
        let (asked, other) = ([interactive()], [page("<p>")]);
        job::submit(db, &ada, &asked[0], Some(&once("key", &asked))).await.expect("a job");

        let sync = Idempotency::new("key", "sync", &asked).expect("a key");
        let two = [interactive(), interactive()];
        let refused = [
            job::submit(db, &ada, &other[0], Some(&once("key", &other))).await.map(drop),
            job::submit(db, &ada, &asked[0], Some(&sync)).await.map(drop),
            job::submit_batch(db, &ada, &two, Some(&once("key", &two))).await.map(drop),
            job::replay(db, &ada, Some(&sync)).await.map(drop),
        ];

        assert!(refused.iter().all(|refused| matches!(refused, Err(SubmitError::KeyReused))), "{refused:?}");
        assert_eq!(database.count("select balance from account").await, 9);
    })
    .await;
}

#[tokio::test]
async fn of_twenty_calls_with_one_key_and_one_credit_none_is_told_that_it_is_unpaid() {
    on_database(async |database| {
        let ada = account(&database.db, "ada", 1).await;
        let mut calls = JoinSet::new();
        for _ in 0..20 {
            let (db, ada) = (database.db.clone(), ada.clone());
            calls.spawn(async move {
                let asked = [interactive()];
                job::submit(&db, &ada, &asked[0], Some(&once("key", &asked))).await
            });
        }

        for answer in calls.join_all().await {
            assert_eq!(answer.expect("an answer").credits_remaining, 0);
        }
        assert!(matches!(job::submit(&database.db, &ada, &interactive(), None).await, Err(SubmitError::Unpaid)));
    })
    .await;
}

#[tokio::test]
async fn a_call_that_was_refused_keeps_no_key() {
    on_database(async |database| {
        let db = &database.db;
        let ada = account(db, "ada", 0).await;
        let asked = [interactive()];
        let call = async || job::submit(db, &ada, &asked[0], Some(&once("key", &asked))).await;

        assert!(matches!(call().await, Err(SubmitError::Unpaid)));
        domain::account::grant(db, "ada", 1).await.expect("a credit");

        assert!(!call().await.expect("a job").replayed);
    })
    .await;
}

#[tokio::test]
async fn a_key_is_kept_for_a_day_and_then_fresh_again() {
    on_database(async |database| {
        let db = &database.db;
        let ada = account(db, "ada", 10).await;
        let asked = [interactive()];
        let call = async || job::submit(db, &ada, &asked[0], Some(&once("key", &asked))).await.expect("an answer");
        let first = call().await;

        database.change("update idempotency set created_at = now() - interval '23 hours 59 minutes'").await;
        let within = call().await;
        database.change("update idempotency set created_at = now() - interval '25 hours'").await;
        let after = call().await;

        assert_eq!((within.replayed, within.job), (true, first.job));
        assert_eq!((after.replayed, after.job == first.job), (false, false));
        assert_eq!(call().await.job, after.job);
        assert_eq!(database.count("select count(*) from idempotency").await, 1);
    })
    .await;
}

#[tokio::test]
async fn only_keys_that_have_had_their_day_are_forgotten() {
    on_database(async |database| {
        let db = &database.db;
        let ada = account(db, "ada", 10).await;
        let asked = [interactive()];
        for key in ["old", "older", "new"] {
            job::submit(db, &ada, &asked[0], Some(&once(key, &asked))).await.expect("a job");
        }
        database.change("update idempotency set created_at = now() - interval '25 hours' where key like 'old%'").await;

        let forgotten = [forget(db).await.expect("an answer"), forget(db).await.expect("an answer")];

        assert_eq!(forgotten, [2, 0]);
        assert_eq!(database.count("select count(*) from idempotency where key = 'new'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_job_that_is_withdrawn_frees_its_key_and_one_that_is_cancelled_does_not() {
    on_database(async |database| {
        let db = &database.db;
        let ada = account(db, "ada", 10).await;
        let asked = [interactive()];
        let key = once("key", &asked);
        let call = async || job::submit(db, &ada, &asked[0], Some(&key)).await.expect("an answer");

        let first = call().await.job;
        assert!(job::withdraw(db, &ada, first, Some(&key), "nobody waits").await.expect("an answer"));
        let second = call().await;
        assert!(job::cancel(db, &ada, second.job).await.expect("an answer"));
        let third = call().await;

        assert_eq!((second.replayed, second.job == first), (false, false));
        assert_eq!((third.replayed, third.job), (true, second.job));
        assert!(!job::withdraw(db, &ada, second.job, Some(&key), "too late").await.expect("an answer"));
        assert!(call().await.replayed);
    })
    .await;
}

#[tokio::test]
async fn a_job_that_is_withdrawn_leaves_another_calls_key_alone() {
    on_database(async |database| {
        let db = &database.db;
        let ada = account(db, "ada", 10).await;
        let asked = [interactive()];
        let key = once("key", &asked);
        job::submit(db, &ada, &asked[0], Some(&key)).await.expect("a job");
        let other = job::submit(db, &ada, &asked[0], None).await.expect("a job").job;

        assert!(job::withdraw(db, &ada, other, Some(&key), "nobody waits").await.expect("an answer"));

        assert!(job::submit(db, &ada, &asked[0], Some(&key)).await.expect("an answer").replayed);
    })
    .await;
}

#[tokio::test]
async fn a_key_belongs_to_its_account_whichever_of_its_api_keys_is_used() {
    on_database(async |database| {
        let db = &database.db;
        let (ada, bob) = (account(db, "ada", 10).await, account(db, "bob", 10).await);
        let same = key(db, "ada").await;
        let asked = [interactive()];
        let mut replayed = Vec::new();

        for caller in [&ada, &bob, &same] {
            let call = job::submit(db, caller, &asked[0], Some(&once("key", &asked))).await;
            replayed.push(call.expect("an answer").replayed);
        }

        assert_eq!(replayed, [false, false, true]);
    })
    .await;
}

#[test]
fn a_key_is_of_1_to_255_visible_characters() {
    let longest = "k".repeat(LONGEST_KEY);
    for good in ["k", "a b", "~!@#", &longest] {
        assert_eq!(Idempotency::new(good, "async", &[]).map(|once| once.key().to_owned()), Ok(good.to_owned()));
    }

    let longer = "k".repeat(LONGEST_KEY + 1);
    for bad in ["", "ä", "a\nb", "a\tb", "\u{7f}", "a\0b", &longer] {
        assert_eq!(Idempotency::new(bad, "async", &[]).map(drop), Err(BadKey), "{bad:?}");
    }
}
