//! Cancelling jobs, over HTTP.

use harness::{ApiResponse, Service, with_service};
use serde_json::json;

async fn cancel(service: &Service, key: &str, job: &str) -> ApiResponse {
    service.send(|http, url| http.delete(format!("{url}/v1/jobs/{job}")).header("X-API-Key", key)).await
}

async fn submitted(service: &Service, key: &str, delay_ms: u32) -> String {
    let job = json!({"html": "<p>", "async": true, "delay_ms": delay_ms});
    let accepted = service.post(key, "/v1/screenshot", &job).await;
    accepted.header("x-job-id").to_owned()
}

#[tokio::test]
async fn a_queued_job_is_cancelled_and_refunded() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let job = submitted(service, &key, 0).await;

        let response = cancel(service, &key, &job).await;

        let cancelled = response.json();
        assert_eq!(
            (response.status, &cancelled["status"], &cancelled["error_code"]),
            (200, &json!("failed"), &json!("CANCELLED"))
        );
        let again = cancel(service, &key, &job).await;
        assert_eq!(
            (again.status, &again.json()["error_code"]),
            (200, &json!("CANCELLED")),
            "the first response may be lost"
        );
        assert_eq!(service.get(&key, "/v1/balance").await.json()["credits_remaining"], 5);
        let result = service.get(&key, &format!("/v1/jobs/{job}/result")).await;
        assert_eq!((result.status, &result.json()["detail"]["code"]), (409, &json!("JOB_FAILED")));
    })
    .await;
}

#[tokio::test]
async fn cancelling_a_running_job_stops_its_render() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        service.worker(1).await;
        let job = submitted(service, &key, 10_000).await;
        service.wait_for_count("select count(*) from queue where lease is not null", 1).await;

        let response = cancel(service, &key, &job).await;

        assert_eq!((response.status, &response.json()["error_code"]), (200, &json!("CANCELLED")));
        assert_eq!(service.scalar("select balance from account").await, 5);
        let next = submitted(service, &key, 0).await;
        assert_eq!(service.wait_for_job(&key, &next).await["status"], "completed", "the slot is free again");
    })
    .await;
}

#[tokio::test]
async fn ended_jobs_and_other_accounts_jobs_cannot_be_cancelled() {
    with_service(async |service| {
        let (ada, eve) = (service.account("ada", 5).await, service.account("eve", 5).await);
        let ended = submitted(service, &ada, 0).await;
        let worker = harness::fixtures::register_worker(&service.db, "live").await;
        let claim = domain::job::Claimant::new(worker).claim(&service.db, 1).await.expect("a claim").remove(0);
        let failure = domain::job::Failure::new(domain::job::ErrorCode::TlsError, "no");
        claim.lease.fail(&service.db, &failure).await.expect("a live lease");
        let job = submitted(service, &ada, 0).await;

        for (key, job, status, code) in [
            (&ada, ended.as_str(), 409, "JOB_NOT_CANCELLABLE"),
            (&eve, job.as_str(), 404, "JOB_NOT_FOUND"),
            (&ada, "00000000-0000-7000-8000-000000000000", 404, "JOB_NOT_FOUND"),
            (&ada, "nonsense", 404, "JOB_NOT_FOUND"),
        ] {
            let response = cancel(service, key, job).await;

            assert_eq!((response.status, &response.json()["detail"]["code"]), (status, &json!(code)), "{job}");
        }
        assert_eq!(service.get(&ada, &format!("/v1/jobs/{job}")).await.json()["status"], "queued");
    })
    .await;
}
