//! Calls that come at once: the same, for the last credit, or against what workers do.

use std::collections::BTreeSet;

use harness::{Answer, Service, story};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::{BALANCE, COMPLETED, Client, DEBITS, REFUNDS, asynchronous, job_of, told};

/// Sends calls, all of them at once.
async fn at_once(client: &Client, times: usize, once: Option<&str>, path: &str, body: &Value) -> Vec<Answer> {
    let mut calls = JoinSet::new();
    for _ in 0..times {
        let (client, once, path, body) = (client.clone(), once.map(str::to_owned), path.to_owned(), body.clone());
        calls.spawn(async move {
            match once {
                Some(once) => client.post_once(&once, &path, &body).await,
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
async fn a_hundred_calls_at_once_with_one_key_submit_one_job() {
    story(async |service| {
        let client = client(service, 100).await;

        let answers = at_once(&client, 100, Some("once"), "/v1/pdf", &asynchronous()).await;
        let other = client.post_once("once", "/v1/pdf", &json!({"html": "<p>other", "async": true})).await;

        assert!(
            answers.iter().all(|answer| answer.status == 202),
            "{:?}",
            answers.iter().map(told).collect::<Vec<_>>()
        );
        assert_eq!(answers.iter().map(job_of).collect::<BTreeSet<_>>().len(), 1);
        assert_eq!(answers.iter().filter(|answer| answer.header("idempotent-replayed") == "true").count(), 99);
        assert_eq!(told(&other), (422, "IDEMPOTENCY_KEY_REUSED".to_owned()));
        assert_eq!((service.count(DEBITS).await, service.count(BALANCE).await), (1, 99));
    })
    .await;
}

#[tokio::test]
async fn a_hundred_synchronous_calls_at_once_with_one_key_render_once() {
    story(async |service| {
        service.worker(1).await;
        let client = client(service, 100).await;
        let body = json!({"html": "<p>", "delay_ms": 500});

        let answers = at_once(&client, 100, Some("once"), "/v1/screenshot", &body).await;
        let last = client.post_once("once", "/v1/screenshot", &body).await;

        let (done, waiting): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
        let in_progress = (409, "IDEMPOTENCY_IN_PROGRESS".to_owned());
        assert!(waiting.iter().all(|answer| told(answer) == in_progress));
        assert!(done.iter().all(|answer| answer.bytes == last.bytes), "{:?}", last.json());
        assert_eq!(done.iter().filter(|answer| answer.header("idempotent-replayed").is_empty()).count(), 1);
        assert_eq!((last.status, last.header("idempotent-replayed")), (200, "true"));
        assert_eq!((service.count(DEBITS).await, service.count(BALANCE).await), (1, 99));
    })
    .await;
}

#[tokio::test]
async fn fifty_calls_at_once_for_one_credit_get_one_job() {
    story(async |service| {
        let client = client(service, 1).await;

        let answers = at_once(&client, 50, None, "/v1/pdf", &asynchronous()).await;

        assert_eq!(answers.iter().filter(|answer| answer.status == 202).count(), 1);
        let unpaid = (402, "CREDITS_EXHAUSTED".to_owned());
        assert_eq!(answers.iter().filter(|answer| told(answer) == unpaid).count(), 49);
        assert_eq!((service.count(DEBITS).await, service.count(BALANCE).await), (1, 0));
    })
    .await;
}

#[tokio::test]
async fn batches_at_once_get_as_many_jobs_as_there_are_credits() {
    story(async |service| {
        let client = client(service, 7).await;
        let batch = json!({"jobs": vec![json!({"type": "pdf", "html": "<p>"}); 20]});

        let answers = at_once(&client, 5, None, "/v1/bulk", &batch).await;

        let entries: Vec<Value> =
            answers.iter().flat_map(|answer| answer.json()["jobs"].as_array().cloned().expect("jobs")).collect();
        let accepted: BTreeSet<_> = entries.iter().filter_map(|entry| entry["job_id"].as_str()).collect();
        assert!(answers.iter().all(|answer| answer.status == 202));
        assert_eq!((entries.len(), accepted.len()), (100, 7));
        assert_eq!(entries.iter().filter(|entry| entry.to_string().contains("CREDITS_EXHAUSTED")).count(), 93);
        assert_eq!((service.count(DEBITS).await, service.count(BALANCE).await), (7, 0));
    })
    .await;
}

#[tokio::test]
async fn jobs_that_are_cancelled_while_workers_are_at_them_end_once() {
    story(async |service| {
        let client = client(service, 30).await;
        let _worker = service.worker_process(2).await;
        let mut jobs = Vec::new();
        for _ in 0..30 {
            jobs.push(job_of(&client.post("/v1/screenshot", &asynchronous()).await));
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
        let answers = calls.join_all().await;

        for job in &jobs {
            let ended = service.ended(&client.key, job).await;
            let answer = answers.iter().find(|(cancelled, _)| cancelled == job).map(|(_, status)| *status);
            let expected = if answer == Some(200) { "failed" } else { "completed" };
            assert_eq!(ended["status"], expected, "{answer:?} {ended}");
        }
        let cancelled = answers.iter().filter(|(_, status)| *status == 200).count();
        assert!(answers.iter().all(|(_, status)| [200, 409].contains(status)) && cancelled > 0);
        let cancelled = i64::try_from(cancelled).expect("a few");
        assert_eq!((service.count(COMPLETED).await, service.count(REFUNDS).await), (30 - cancelled, cancelled));
        assert_eq!(service.count(BALANCE).await, cancelled);
    })
    .await;
}
