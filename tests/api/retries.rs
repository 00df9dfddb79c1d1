//! Retrying failed jobs: a new job with the same options, paid for like any other.

use domain::job::{Claimant, ErrorCode, Failure};
use harness::fixtures::{register_worker, rendered};
use harness::{ApiResponse, Service, with_service};
use serde_json::{Value, json};

async fn retry(service: &Service, key: &str, job: &str, once: Option<&str>) -> ApiResponse {
    let send = |http: &reqwest::Client, url: &str| {
        let request = http.post(format!("{url}/v1/jobs/{job}/retry")).header("X-API-Key", key);
        once.into_iter().fold(request, |request, once| request.header("Idempotency-Key", once))
    };
    service.send(send).await
}

/// Submits a job and lets it fail.
async fn failed(service: &Service, key: &str, kind: &str, body: Value) -> String {
    let job = service.submit(key, kind, body).await;
    let mut claimant = Claimant::new(register_worker(&service.db, "failing").await);
    let claim = claimant.claim(&service.db, 1).await.expect("a claim").pop().expect("a job is due");
    claim.lease.fail(&service.db, &Failure::new(ErrorCode::TlsError, "no")).await.expect("a live lease");
    job
}

fn code(response: &ApiResponse) -> (u16, String) {
    (response.status, response.json()["detail"]["code"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_retry_renders_the_same_page_with_the_same_options() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let page = json!({"html": "<body style='margin:0;background:#00ff00'>", "format": "webp",
            "viewport": {"width": 321, "height": 123}});
        let old = failed(service, &key, "screenshot", page).await;

        let response = retry(service, &key, &old, None).await;

        let new = response.json()["job_id"].as_str().expect("a job_id").to_owned();
        let path = format!("/v1/jobs/{new}");
        assert_eq!(
            (response.status, response.json()),
            (202, json!({"job_id": new, "status": "queued", "poll_url": path}))
        );
        assert_ne!(new, old);
        assert_eq!((response.header("location"), response.header("x-job-id")), (path.as_str(), new.as_str()));
        assert_eq!((response.header("x-credits-used"), response.header("x-credits-remaining")), ("1", "4"));
        service.worker(1).await;
        let job = service.wait_for_job(&key, &new).await;
        assert_eq!((&job["type"], &job["format"]), (&json!("screenshot"), &json!("webp")));
        assert_eq!(service.image(&key, &job).await.size(), (321, 123));
        let old = service.get(&key, &format!("/v1/jobs/{old}")).await.json();
        assert_eq!((&old["status"], &old["error_code"]), (&json!("failed"), &json!("TLS_ERROR")));
    })
    .await;
}

#[tokio::test]
async fn only_a_failed_job_of_ones_own_is_retried() {
    with_service(async |service| {
        let (ada, eve) = (service.account("ada", 9).await, service.account("eve", 9).await);
        let old = failed(service, &ada, "pdf", json!({"html": "<p>"})).await;
        let completed = service.submit(&ada, "pdf", json!({"html": "<p>"})).await;
        let mut claimant = Claimant::new(register_worker(&service.db, "live").await);
        let claim = claimant.claim(&service.db, 1).await.expect("a claim").pop().expect("a job is due");
        claim.lease.complete(&service.db, &rendered(9)).await.expect("a live lease");
        let processing = service.submit(&ada, "pdf", json!({"html": "<p>"})).await;
        let _lease = claimant.claim(&service.db, 1).await.expect("a claim").pop().expect("a job is due");
        let queued = service.submit(&ada, "pdf", json!({"html": "<p>"})).await;
        let jobs = service.scalar("select count(*) from job").await;

        for (key, job, expected) in [
            (&ada, queued.as_str(), (409, "JOB_NOT_READY")),
            (&ada, &processing, (409, "JOB_NOT_READY")),
            (&ada, &completed, (409, "JOB_NOT_RETRYABLE")),
            (&eve, &old, (404, "JOB_NOT_FOUND")),
            (&ada, "00000000-0000-7000-8000-000000000000", (404, "JOB_NOT_FOUND")),
            (&ada, "nonsense", (404, "JOB_NOT_FOUND")),
        ] {
            let response = retry(service, key, job, None).await;

            assert_eq!(code(&response), (expected.0, expected.1.to_owned()), "{job}");
        }
        assert_eq!(service.scalar("select count(*) from job").await, jobs);
    })
    .await;
}

#[tokio::test]
async fn a_repeated_retry_submits_one_job_and_needs_the_html_no_longer() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let old = failed(service, &key, "pdf", json!({"html": "<p>"})).await;
        let other = failed(service, &key, "pdf", json!({"html": "<p>other"})).await;

        let first = retry(service, &key, &old, Some("k")).await;
        service.execute("truncate source").await;
        let again = retry(service, &key, &old, Some("k")).await;
        let reused = retry(service, &key, &other, Some("k")).await;
        let without_html = retry(service, &key, &old, None).await;

        assert_eq!((first.status, again.status), (202, 202));
        assert_eq!(first.json(), again.json());
        assert_eq!(again.header("idempotent-replayed"), "true");
        assert_eq!(code(&reused), (422, "IDEMPOTENCY_KEY_REUSED".to_owned()));
        assert_eq!(code(&without_html), (410, "RESULT_EXPIRED".to_owned()));
        assert!(without_html.json()["detail"]["message"].as_str().expect("a message").contains("html"));
        assert_eq!(service.scalar("select balance from account").await, 4);
        let new = first.header("x-job-id");
        service.send(|http, url| http.delete(format!("{url}/v1/jobs/{new}")).header("X-API-Key", &key)).await;
    })
    .await;
}

#[tokio::test]
async fn a_retry_is_subject_to_credits_suspension_and_rate() {
    with_service(async |service| {
        let key = service.account("ada", 1).await;
        let old = failed(service, &key, "pdf", json!({"html": "<p>"})).await;

        service.execute("update account set suspended_at = now()").await;
        let suspended = retry(service, &key, &old, None).await;
        service.execute("update account set suspended_at = null, rate = 60, burst = 20, arrives_at = now() + interval '30 seconds'").await;
        let limited = retry(service, &key, &old, None).await;
        service.execute("update account set rate = null, burst = null, arrives_at = null").await;
        let accepted = retry(service, &key, &old, None).await;
        let exhausted = retry(service, &key, &old, None).await;

        assert_eq!(code(&suspended), (403, "ACCOUNT_SUSPENDED".to_owned()));
        assert_eq!(code(&limited), (429, "RATE_LIMIT_EXCEEDED".to_owned()));
        assert!(!limited.header("retry-after").is_empty() && !limited.header("ratelimit").is_empty());
        assert_eq!(accepted.status, 202);
        assert_eq!(code(&exhausted), (402, "CREDITS_EXHAUSTED".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn a_target_that_is_denied_by_now_is_not_retried() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let old = failed(service, &key, "screenshot", json!({"url": "http://198.41.0.4/"})).await;
        service.execute(r#"update job set options = jsonb_set(options, '{page,url}', '"http://10.0.0.1/"')"#).await;

        let response = retry(service, &key, &old, None).await;

        assert_eq!(code(&response), (422, "URL_BLOCKED".to_owned()));
        assert_eq!(service.scalar("select balance from account").await, 5);
    })
    .await;
}

#[tokio::test]
async fn options_of_a_later_version_are_not_retried_in_part() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let old = failed(service, &key, "screenshot", json!({"html": "<p>"})).await;
        service.execute(r#"update job set options = options || '{"hologram": true}'"#).await;

        let response = retry(service, &key, &old, None).await;

        assert_eq!(code(&response), (409, "JOB_NOT_RETRYABLE".to_owned()));
    })
    .await;
}
