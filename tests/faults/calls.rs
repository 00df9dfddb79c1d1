//! Concurrent calls: repeated ones, for the last credit, or while workers change the same jobs.

use std::collections::BTreeSet;

use harness::{ApiResponse, Service, with_service};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{BALANCE, COMPLETED, Client, DEBITS, REFUNDS, async_job, job_id, status_and_code};

/// Sends the same call many times concurrently.
async fn at_once(client: &Client, times: usize, once: Option<&str>, path: &str, body: &Value) -> Vec<ApiResponse> {
    let mut calls = JoinSet::new();
    for _ in 0..times {
        let (client, once, path, body) = (client.clone(), once.map(str::to_owned), path.to_owned(), body.clone());
        calls.spawn(async move {
            match once {
                Some(once) => client.post_idempotent(&once, &path, &body).await,
                None => client.post(&path, &body).await,
            }
        });
    }
    calls.join_all().await
}

async fn client(service: &Service, credits: i64) -> Client {
    Client::new(&service.url, &service.account("ada", credits).await)
}

#[tokio::test]
async fn a_hundred_concurrent_calls_with_one_key_submit_one_job() {
    with_service(async |service| {
        let client = client(service, 100).await;

        let responses = at_once(&client, 100, Some("once"), "/v1/pdf", &async_job()).await;
        let other = client.post_idempotent("once", "/v1/pdf", &json!({"html": "<p>other", "async": true})).await;

        assert!(
            responses.iter().all(|response| response.status == 202),
            "{:?}",
            responses.iter().map(status_and_code).collect::<Vec<_>>()
        );
        assert_eq!(responses.iter().map(job_id).collect::<BTreeSet<_>>().len(), 1);
        assert_eq!(responses.iter().filter(|response| response.header("idempotent-replayed") == "true").count(), 99);
        assert_eq!(status_and_code(&other), (422, "IDEMPOTENCY_KEY_REUSED".to_owned()));
        assert_eq!((service.scalar(DEBITS).await, service.scalar(BALANCE).await), (1, 99));
    })
    .await;
}

#[tokio::test]
async fn a_hundred_concurrent_synchronous_calls_with_one_key_render_once() {
    with_service(async |service| {
        service.worker(1).await;
        let client = client(service, 100).await;
        let body = json!({"html": "<p>", "delay_ms": 500});

        let responses = at_once(&client, 100, Some("once"), "/v1/screenshot", &body).await;
        let last = client.post_idempotent("once", "/v1/screenshot", &body).await;

        let (done, waiting): (Vec<_>, Vec<_>) = responses.iter().partition(|response| response.status == 200);
        let in_progress = (409, "IDEMPOTENCY_IN_PROGRESS".to_owned());
        assert!(waiting.iter().all(|response| status_and_code(response) == in_progress));
        assert!(done.iter().all(|response| response.bytes == last.bytes), "{:?}", last.json());
        assert_eq!(done.iter().filter(|response| response.header("idempotent-replayed").is_empty()).count(), 1);
        assert_eq!((last.status, last.header("idempotent-replayed")), (200, "true"));
        assert_eq!((service.scalar(DEBITS).await, service.scalar(BALANCE).await), (1, 99));
    })
    .await;
}

#[tokio::test]
async fn fifty_concurrent_calls_for_one_credit_submit_one_job() {
    with_service(async |service| {
        let client = client(service, 1).await;

        let responses = at_once(&client, 50, None, "/v1/pdf", &async_job()).await;

        assert_eq!(responses.iter().filter(|response| response.status == 202).count(), 1);
        let unpaid = (402, "CREDITS_EXHAUSTED".to_owned());
        assert_eq!(responses.iter().filter(|response| status_and_code(response) == unpaid).count(), 49);
        assert_eq!((service.scalar(DEBITS).await, service.scalar(BALANCE).await), (1, 0));
    })
    .await;
}

#[tokio::test]
async fn concurrent_batches_submit_as_many_jobs_as_there_are_credits() {
    with_service(async |service| {
        let client = client(service, 7).await;
        let batch = json!({"jobs": vec![json!({"type": "pdf", "html": "<p>"}); 20]});

        let responses = at_once(&client, 5, None, "/v1/bulk", &batch).await;

        let entries: Vec<Value> =
            responses.iter().flat_map(|response| response.json()["jobs"].as_array().cloned().expect("jobs")).collect();
        let accepted: BTreeSet<_> = entries.iter().filter_map(|entry| entry["job_id"].as_str()).collect();
        assert!(responses.iter().all(|response| response.status == 202));
        assert_eq!((entries.len(), accepted.len()), (100, 7));
        assert_eq!(entries.iter().filter(|entry| entry.to_string().contains("CREDITS_EXHAUSTED")).count(), 93);
        assert_eq!((service.scalar(DEBITS).await, service.scalar(BALANCE).await), (7, 0));
    })
    .await;
}

#[tokio::test]
async fn jobs_cancelled_while_workers_claim_and_render_them_end_once() {
    with_service(async |service| {
        let client = client(service, 30).await;
        let _worker = service.worker_process(2).await;
        let mut jobs = Vec::new();
        for _ in 0..30 {
            jobs.push(job_id(&client.post("/v1/screenshot", &async_job()).await));
        }
        let mut calls = JoinSet::new();
        for (turn, job) in jobs.iter().enumerate().filter(|(turn, _)| turn % 3 > 0) {
            let (client, job) = (client.clone(), job.clone());
            calls.spawn(async move {
                if turn % 3 == 1 {
                    let before = format!("/v1/jobs/{job}?wait_s=1");
                    client.get(&before).await;
                }
                (job.clone(), client.delete(&format!("/v1/jobs/{job}")).await.status)
            });
        }
        let responses = calls.join_all().await;

        for job in &jobs {
            let ended = service.wait_for_job(&client.key, job).await;
            let response = responses.iter().find(|(cancelled, _)| cancelled == job).map(|(_, status)| *status);
            let expected = if response == Some(200) { "failed" } else { "completed" };
            assert_eq!(ended["status"], expected, "{response:?} {ended}");
        }
        let cancelled = responses.iter().filter(|(_, status)| *status == 200).count();
        assert!(responses.iter().all(|(_, status)| [200, 409].contains(status)) && cancelled > 0);
        let cancelled = i64::try_from(cancelled).expect("a few");
        assert_eq!((service.scalar(COMPLETED).await, service.scalar(REFUNDS).await), (30 - cancelled, cancelled));
        assert_eq!(service.scalar(BALANCE).await, cancelled);
    })
    .await;
}
