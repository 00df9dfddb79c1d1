//! Waiting for the end of a job.

use std::time::{Duration, Instant};

use domain::job::{Claimant, ErrorCode, Failure};
use harness::{story, story_waiting};
use serde_json::json;

use crate::leases::registered;

#[tokio::test]
async fn an_answer_is_held_until_the_job_has_ended() {
    story(async |service| {
        let key = service.account("ada", 5).await;
        let accepted = service.post(&key, "/v1/screenshot", &json!({"html": "<p>", "async": true})).await;
        let path = format!("/v1/jobs/{}?wait_s=60", accepted.header("x-job-id"));

        let (held, ()) = tokio::join!(service.get(&key, &path), service.worker(1));

        assert_eq!((held.status, &held.json()["status"]), (200, &json!("completed")));
    })
    .await;
}

#[tokio::test]
async fn an_answer_is_held_no_longer_than_asked() {
    story(async |service| {
        let key = service.account("ada", 5).await;
        let accepted = service.post(&key, "/v1/screenshot", &json!({"html": "<p>", "async": true})).await;
        let path = format!("/v1/jobs/{}", accepted.header("x-job-id"));
        let began = Instant::now();

        let held = service.get(&key, &format!("{path}?wait_s=1")).await;
        let at_once = service.get(&key, &format!("{path}?wait_s=0")).await;

        assert_eq!((&held.json()["status"], &at_once.json()["status"]), (&json!("queued"), &json!("queued")));
        assert!(began.elapsed() >= Duration::from_secs(1));
    })
    .await;
}

#[tokio::test]
async fn a_cancelled_job_ends_the_wait_for_it() {
    story(async |service| {
        let key = service.account("ada", 5).await;
        let accepted = service.post(&key, "/v1/screenshot", &json!({"html": "<p>", "async": true})).await;
        let path = format!("/v1/jobs/{}", accepted.header("x-job-id"));

        let waiting = format!("{path}?wait_s=60");
        let (held, _) = tokio::join!(
            service.get(&key, &waiting),
            service.send(|http, url| http.delete(format!("{url}{path}")).header("X-API-Key", &key)),
        );

        assert_eq!(held.json()["error_code"], "CANCELLED");
    })
    .await;
}

#[tokio::test]
async fn a_synchronous_call_is_told_why_its_render_failed_and_pays_nothing() {
    story(async |service| {
        let key = service.account("ada", 5).await;
        let mut claimant = Claimant::new(registered(&service.db, "live").await);

        for (code, expected) in [
            (ErrorCode::NavigationTimeout, (500, "RENDER_ERROR", "navigation_timeout", true)),
            (ErrorCode::WaitTimeout, (500, "RENDER_ERROR", "wait_timeout", true)),
            (ErrorCode::CaptureTimeout, (500, "RENDER_ERROR", "capture_timeout", true)),
            (ErrorCode::PdfTooLarge, (500, "RENDER_ERROR", "pdf_too_large", false)),
            (ErrorCode::UrlBlocked, (422, "URL_BLOCKED", "", false)),
        ] {
            let (body, path) = (json!({"html": "<p>"}), "/v1/screenshot");
            let (answer, ()) = tokio::join!(service.post(&key, path, &body), async {
                service.until_count("select count(*) from queue", 1).await;
                let claim = claimant.claim(&service.db, 1).await.expect("a claim").pop().expect("a job is due");
                claim.lease.fail(&service.db, &Failure::new(code, "the page failed")).await.expect("a live lease");
            });

            let detail = answer.json()["detail"].clone();
            let text = |name: &str| detail[name].as_str().unwrap_or_default().to_owned();
            let found = (answer.status, text("code"), text("reason"), text("message").contains("Timeout"));
            let (status, code, reason, timeout) = expected;
            assert_eq!(found, (status, code.to_owned(), reason.to_owned(), timeout), "{detail}");
            assert_eq!((answer.header("x-credits-used"), answer.header("x-credits-remaining")), ("0", "5"));
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_in_the_query_is_named() {
    story(async |service| {
        let key = service.account("ada", 5).await;
        let accepted = service.post(&key, "/v1/screenshot", &json!({"html": "<p>", "async": true})).await;
        let path = format!("/v1/jobs/{}", accepted.header("x-job-id"));

        for (query, field) in [("wait_s=61", "wait_s"), ("wait_s=soon", "wait_s"), ("wait=1", "wait")] {
            let answer = service.get(&key, &format!("{path}?{query}")).await;

            assert_eq!((answer.status, &answer.json()["detail"]["code"]), (422, &json!("VALIDATION_ERROR")), "{query}");
            assert_eq!(answer.json()["detail"]["errors"][0]["field"], field);
        }
    })
    .await;
}

#[tokio::test]
async fn a_call_that_was_withdrawn_may_be_sent_again_with_its_key() {
    story_waiting(Duration::from_millis(200), async |service| {
        let key = service.account("ada", 5).await;
        service.worker(1).await;
        let send = async || {
            let call = service.send(|http, url| {
                let request = http.post(format!("{url}/v1/screenshot")).header("X-API-Key", &key);
                request.header("Idempotency-Key", "k").json(&json!({"html": "<p>once"}))
            });
            call.await
        };
        let busy = service.post(&key, "/v1/screenshot", &json!({"html": "<p>", "async": true, "delay_ms": 3000})).await;
        service.until_count("select count(*) from queue where lease is not null", 1).await;

        let refused = send().await;
        service.ended(&key, busy.header("x-job-id")).await;
        let served = send().await;

        assert_eq!((refused.status, &refused.json()["detail"]["code"]), (429, &json!("QUEUE_FULL")));
        assert_eq!(served.status, 200);
        assert_ne!(served.header("x-job-id"), refused.header("x-job-id"));
    })
    .await;
}
