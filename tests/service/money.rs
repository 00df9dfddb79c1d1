//! Credits: spent once, paid back once, never below zero.

use std::time::Duration;

use harness::{story, story_waiting};
use serde_json::json;

#[tokio::test]
async fn a_short_balance_refuses_the_job_and_enqueues_nothing() {
    story(async |service| {
        let key = service.account("ada", 0).await;

        let answer = service.post(&key, "/v1/screenshot", &json!({"html": "<p>", "async": true})).await;

        let problem = answer.json();
        assert_eq!((answer.status, &problem["detail"]["code"]), (402, &json!("CREDITS_EXHAUSTED")), "{problem}");
        assert_eq!(problem["error"]["code"], "CREDITS_EXHAUSTED");
        assert_eq!(service.count("select count(*) from job").await, 0);
    })
    .await;
}

#[tokio::test]
async fn fifty_calls_at_once_spend_exactly_the_balance() {
    story(async |service| {
        let key = service.account("ada", 20).await;
        let caller = domain::key::verify(&service.db, &key).await.expect("a caller");

        let mut calls = tokio::task::JoinSet::new();
        for call in 0..50 {
            let (db, caller) = (service.db.clone(), caller.clone());
            calls.spawn(async move {
                let job = crate::leases::html();
                if call % 5 == 0 {
                    let batch = domain::job::submit_batch(&db, &caller, &[job.clone(), job.clone(), job], None).await;
                    batch.expect("a batch is always answered").jobs.len()
                } else {
                    usize::from(domain::job::submit(&db, &caller, &job, None).await.is_ok())
                }
            });
        }
        let accepted: usize = calls.join_all().await.into_iter().sum();

        assert_eq!(accepted, 20);
        assert_eq!(service.get(&key, "/v1/balance").await.json()["credits_remaining"], 0);
        assert_eq!(service.count("select count(*) from queue").await, 20);
    })
    .await;
}

#[tokio::test]
async fn a_balance_says_all_four_things() {
    story(async |service| {
        let key = service.account("ada", 7).await;

        let answer = service.get(&key, "/v1/balance").await;

        let expected =
            json!({"credits_remaining": 7, "plan_id": "prepaid", "status": "active", "current_period_end": null});
        assert_eq!((answer.status, answer.json()), (200, expected));
    })
    .await;
}

#[tokio::test]
async fn a_suspended_account_submits_nothing() {
    story(async |service| {
        let key = service.account("ada", 7).await;
        service.change("update account set suspended_at = now()").await;

        let one = service.post(&key, "/v1/pdf", &json!({"html": "<p>", "async": true})).await;
        let batch = service.post(&key, "/v1/bulk", &json!({"jobs": [{"type": "pdf", "html": "<p>"}]})).await;

        for answer in [one, batch] {
            assert_eq!((answer.status, &answer.json()["detail"]["code"]), (403, &json!("ACCOUNT_SUSPENDED")));
        }
        assert_eq!(service.get(&key, "/v1/balance").await.json()["status"], "suspended");
    })
    .await;
}

#[tokio::test]
async fn a_synchronous_call_without_any_worker_is_refused_at_once_and_an_asynchronous_one_accepted() {
    story(async |service| {
        let key = service.account("ada", 7).await;

        let synchronous = service.post(&key, "/v1/pdf", &json!({"html": "<p>"})).await;
        let asynchronous = service.post(&key, "/v1/pdf", &json!({"html": "<p>", "async_mode": true})).await;

        assert_eq!((synchronous.status, &synchronous.json()["detail"]["code"]), (503, &json!("NO_WORKERS")));
        assert!(!synchronous.header("retry-after").is_empty());
        assert_eq!(asynchronous.status, 202);
        assert_eq!(service.get(&key, "/v1/balance").await.json()["credits_remaining"], 6);
    })
    .await;
}

#[tokio::test]
async fn a_synchronous_call_whose_job_does_not_start_in_time_is_cancelled_and_refunded() {
    story_waiting(Duration::ZERO, async |service| {
        let key = service.account("ada", 7).await;
        crate::leases::registered(&service.db, "idle").await;

        let answer = service.post(&key, "/v1/pdf", &json!({"html": "<p>"})).await;

        let problem = answer.json();
        assert_eq!((answer.status, &problem["detail"]["code"]), (429, &json!("QUEUE_FULL")), "{problem}");
        assert_eq!(answer.header("retry-after"), problem["detail"]["retry_after"].to_string());
        assert_eq!((answer.header("x-credits-used"), answer.header("x-credits-remaining")), ("0", "7"));
        let job = service.get(&key, &format!("/v1/jobs/{}", answer.header("x-job-id"))).await.json();
        assert_eq!((&job["status"], &job["error_code"]), (&json!("failed"), &json!("CANCELLED")));
    })
    .await;
}

#[tokio::test]
async fn only_its_owner_cancels_a_job_and_only_once() {
    story(async |service| {
        let (ada, eve) = (service.account("ada", 2).await, service.account("eve", 2).await);
        let ada = domain::key::verify(&service.db, &ada).await.expect("a caller");
        let eve = domain::key::verify(&service.db, &eve).await.expect("a caller");
        let cancel = async |caller, job| {
            domain::job::cancel(&service.db, caller, job).await.expect("an answer")
        };
        let submit = async || domain::job::submit(&service.db, &ada, &crate::leases::html(), None).await.expect("a job").job;
        let (queued, claimed) = (submit().await, submit().await);
        service.change("update queue set lease = nextval('lease_number'), worker = gen_random_uuid(), started_at = now(), deadline = now() where job = (select max(job::text)::uuid from queue)").await;

        assert!(!cancel(&eve, queued).await);
        assert!(cancel(&ada, claimed).await);
        assert!(cancel(&ada, queued).await);
        assert!(!cancel(&ada, queued).await);
        assert_eq!(service.count("select balance from account where name = 'ada'").await, 2);
    })
    .await;
}

#[tokio::test]
async fn the_database_itself_refuses_to_refund_a_job_twice() {
    story(async |service| {
        let key = service.account("ada", 2).await;
        let caller = domain::key::verify(&service.db, &key).await.expect("a caller");
        domain::job::submit(&service.db, &caller, &crate::leases::html(), None).await.expect("a job");
        service.change("create table stale as select queue as entry from queue").await;
        service.change("with gone as (delete from queue returning queue as entry) select end_failed(array_agg(entry), 'CANCELLED', 'once') from gone").await;

        let again = sqlx::raw_sql("select end_failed(array_agg(entry), 'CANCELLED', 'twice') from stale");
        let refused = again.execute(&service.db).await;

        let refused = refused.expect_err("the refund is unique").to_string();
        assert!(refused.contains("debited_and_refunded_once"), "{refused}");
        assert_eq!(service.count("select balance from account").await, 2);
    })
    .await;
}
