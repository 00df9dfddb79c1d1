//! Credits: debited once, refunded once, never below zero.

use std::time::Duration;

use harness::fixtures::{html_job, register_worker};
use harness::{with_service, with_sync_wait};
use serde_json::json;

#[tokio::test]
async fn a_job_without_enough_credits_is_rejected_and_not_queued() {
    with_service(async |service| {
        let key = service.account("ada", 0).await;

        let response = service.post(&key, "/v1/screenshot", &json!({"html": "<p>", "async": true})).await;

        let problem = response.json();
        assert_eq!((response.status, &problem["detail"]["code"]), (402, &json!("CREDITS_EXHAUSTED")), "{problem}");
        assert_eq!(problem["error"]["code"], "CREDITS_EXHAUSTED");
        assert_eq!(service.scalar("select count(*) from job").await, 0);
    })
    .await;
}

#[tokio::test]
async fn fifty_concurrent_calls_spend_exactly_the_balance() {
    with_service(async |service| {
        let key = service.account("ada", 20).await;
        let caller = domain::key::verify(&service.db, &key).await.expect("a caller");

        let mut calls = tokio::task::JoinSet::new();
        for call in 0..50 {
            let (db, caller) = (service.db.clone(), caller.clone());
            calls.spawn(async move {
                let job = html_job("<p>");
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
        assert_eq!(service.scalar("select count(*) from queue").await, 20);
    })
    .await;
}

#[tokio::test]
async fn a_balance_response_has_all_four_fields() {
    with_service(async |service| {
        let key = service.account("ada", 7).await;

        let response = service.get(&key, "/v1/balance").await;

        let next_month = "select to_char(now() at time zone 'UTC' + interval '1 month', 'YYYY-MM')";
        let next_month: String = sqlx::query_scalar(next_month).fetch_one(&service.db).await.expect("a month");
        let period_end = format!("{next_month}-01T00:00:00+00:00");
        let expected =
            json!({"credits_remaining": 7, "plan_id": "prepaid", "status": "active", "current_period_end": period_end});
        assert_eq!((response.status, response.json()), (200, expected));
    })
    .await;
}

#[tokio::test]
async fn a_suspended_account_cannot_submit() {
    with_service(async |service| {
        let key = service.account("ada", 7).await;
        service.execute("update account set suspended_at = now()").await;

        let one = service.post(&key, "/v1/pdf", &json!({"html": "<p>", "async": true})).await;
        let batch = service.post(&key, "/v1/bulk", &json!({"jobs": [{"type": "pdf", "html": "<p>"}]})).await;

        for response in [one, batch] {
            assert_eq!((response.status, &response.json()["detail"]["code"]), (403, &json!("ACCOUNT_SUSPENDED")));
        }
        assert_eq!(service.get(&key, "/v1/balance").await.json()["status"], "suspended");
    })
    .await;
}

#[tokio::test]
async fn without_workers_a_synchronous_call_is_rejected_at_once_and_an_asynchronous_one_accepted() {
    with_service(async |service| {
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
    with_sync_wait(Duration::ZERO, async |service| {
        let key = service.account("ada", 7).await;
        register_worker(&service.db, "idle").await;

        let response = service.post(&key, "/v1/pdf", &json!({"html": "<p>"})).await;

        let problem = response.json();
        assert_eq!((response.status, &problem["detail"]["code"]), (429, &json!("QUEUE_FULL")), "{problem}");
        assert_eq!(response.header("retry-after"), problem["detail"]["retry_after"].to_string());
        assert_eq!((response.header("x-credits-used"), response.header("x-credits-remaining")), ("0", "7"));
        let job = service.get(&key, &format!("/v1/jobs/{}", response.header("x-job-id"))).await.json();
        assert_eq!((&job["status"], &job["error_code"]), (&json!("failed"), &json!("CANCELLED")));
    })
    .await;
}

#[tokio::test]
async fn only_its_owner_can_cancel_a_job_and_only_once() {
    with_service(async |service| {
        let (ada, eve) = (service.account("ada", 2).await, service.account("eve", 2).await);
        let ada = domain::key::verify(&service.db, &ada).await.expect("a caller");
        let eve = domain::key::verify(&service.db, &eve).await.expect("a caller");
        let cancel = async |caller, job| {
            domain::job::cancel(&service.db, caller, job).await.expect("the call succeeds")
        };
        let submit = async || domain::job::submit(&service.db, &ada, &html_job("<p>"), None).await.expect("a job").job;
        let (queued, claimed) = (submit().await, submit().await);
        service.execute("update queue set lease = nextval('lease_number'), worker = gen_random_uuid(), started_at = now(), deadline = now() where job = (select max(job::text)::uuid from queue)").await;

        assert!(!cancel(&eve, queued).await);
        assert!(cancel(&ada, claimed).await);
        assert!(cancel(&ada, queued).await);
        assert!(!cancel(&ada, queued).await);
        assert_eq!(service.scalar("select balance from account where name = 'ada'").await, 2);
    })
    .await;
}

#[tokio::test]
async fn a_database_constraint_prevents_a_second_refund() {
    with_service(async |service| {
        let key = service.account("ada", 2).await;
        let caller = domain::key::verify(&service.db, &key).await.expect("a caller");
        domain::job::submit(&service.db, &caller, &html_job("<p>"), None).await.expect("a job");
        service.execute("create table stale as select queue as entry from queue").await;
        service.execute("with gone as (delete from queue returning queue as entry) select end_failed(array_agg(entry), 'CANCELLED', 'once') from gone").await;

        let again = sqlx::raw_sql("select end_failed(array_agg(entry), 'CANCELLED', 'twice') from stale");
        let refused = again.execute(&service.db).await;

        let refused = refused.expect_err("the refund is unique").to_string();
        assert!(refused.contains("debited_and_refunded_once"), "{refused}");
        assert_eq!(service.scalar("select balance from account").await, 2);
    })
    .await;
}
