//! Calls that wait for the end of a job.

use std::time::{Duration, Instant};

use domain::job::{Claimant, ErrorCode, Failure};
use harness::fixtures::register_worker;
use harness::{with_service, with_sync_wait};
use serde_json::json;

#[tokio::test]
async fn a_waiting_call_returns_when_the_job_has_ended() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let accepted = service.post(&key, "/v1/screenshot", &json!({"html": "<p>", "async": true})).await;
        let path = format!("/v1/jobs/{}?wait_s=60", accepted.header("x-job-id"));

        let (held, ()) = tokio::join!(service.get(&key, &path), service.worker(1));

        assert_eq!((held.status, &held.json()["status"]), (200, &json!("completed")));
    })
    .await;
}

#[tokio::test]
async fn a_waiting_call_returns_after_the_requested_time() {
    with_service(async |service| {
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
async fn cancelling_a_job_ends_the_calls_that_wait_for_it() {
    with_service(async |service| {
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
async fn a_synchronous_call_reports_why_its_render_failed_and_costs_nothing() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let mut claimant = Claimant::new(register_worker(&service.db, "live").await);

        for (code, expected) in [
            (ErrorCode::NavigationTimeout, (500, "RENDER_ERROR", "navigation_timeout", true)),
            (ErrorCode::WaitTimeout, (500, "RENDER_ERROR", "wait_timeout", true)),
            (ErrorCode::CaptureTimeout, (500, "RENDER_ERROR", "capture_timeout", true)),
            (ErrorCode::PdfTooLarge, (500, "RENDER_ERROR", "pdf_too_large", false)),
            (ErrorCode::UrlBlocked, (422, "URL_BLOCKED", "", false)),
        ] {
            let (body, path) = (json!({"html": "<p>"}), "/v1/screenshot");
            let (response, ()) = tokio::join!(service.post(&key, path, &body), async {
                service.wait_for_count("select count(*) from queue", 1).await;
                let claim = claimant.claim(&service.db, 1).await.expect("a claim").pop().expect("a job is due");
                claim.lease.fail(&service.db, &Failure::new(code, "the page failed")).await.expect("a live lease");
            });

            let detail = response.json()["detail"].clone();
            let text = |name: &str| detail[name].as_str().unwrap_or_default().to_owned();
            let found = (response.status, text("code"), text("reason"), text("message").contains("Timeout"));
            let (status, code, reason, timeout) = expected;
            assert_eq!(found, (status, code.to_owned(), reason.to_owned(), timeout), "{detail}");
            assert_eq!((response.header("x-credits-used"), response.header("x-credits-remaining")), ("0", "5"));
        }
    })
    .await;
}

#[tokio::test]
async fn a_synchronous_call_with_an_invalid_selector_fails_and_costs_nothing() {
    with_service(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 10).await;

        let body = json!({"html": "<p>no box</p>", "wait_for": "p["});
        let response = service.post(&key, "/v1/screenshot", &body).await;

        let problem = response.json();
        assert_eq!((response.status, &problem["detail"]["code"]), (500, &json!("RENDER_ERROR")), "{problem}");
        assert_eq!(problem["detail"]["reason"], "selector_invalid");
        assert_eq!((response.header("x-credits-used"), response.header("x-credits-remaining")), ("0", "10"));
        let job = service.get(&key, &format!("/v1/jobs/{}", response.header("x-job-id"))).await.json();
        assert_eq!((&job["status"], &job["error_code"]), (&json!("failed"), &json!("SELECTOR_INVALID")));
    })
    .await;
}

#[tokio::test]
async fn an_invalid_query_parameter_is_named() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let accepted = service.post(&key, "/v1/screenshot", &json!({"html": "<p>", "async": true})).await;
        let path = format!("/v1/jobs/{}", accepted.header("x-job-id"));

        for (query, field) in [("wait_s=61", "wait_s"), ("wait_s=soon", "wait_s"), ("wait=1", "wait")] {
            let response = service.get(&key, &format!("{path}?{query}")).await;

            assert_eq!(
                (response.status, &response.json()["detail"]["code"]),
                (422, &json!("VALIDATION_ERROR")),
                "{query}"
            );
            assert_eq!(response.json()["detail"]["errors"][0]["field"], field);
        }
    })
    .await;
}

#[tokio::test]
async fn a_call_that_was_withdrawn_can_be_repeated_with_its_idempotency_key() {
    with_sync_wait(Duration::from_millis(200), async |service| {
        let key = service.account("ada", 5).await;
        service.worker(1).await;
        let send = async || {
            let call = service.send(|http, url| {
                let request = http.post(format!("{url}/v1/screenshot")).header("X-API-Key", &key);
                request.header("Idempotency-Key", "k").json(&json!({"html": "<p>once"}))
            });
            call.await
        };
        let held = service.site.hold("/held");
        let page = json!({"url": service.site.page("/late?after=/held"), "wait_for": "#box"});
        let busy = service.submit(&key, "screenshot", page).await;
        service.site.wait_for_requests("/held", 1).await;

        let refused = send().await;
        held.release();
        service.wait_for_job(&key, &busy).await;
        let served = send().await;

        assert_eq!((refused.status, &refused.json()["detail"]["code"]), (429, &json!("QUEUE_FULL")));
        assert_eq!(served.status, 200);
        assert_ne!(served.header("x-job-id"), refused.header("x-job-id"));
    })
    .await;
}
