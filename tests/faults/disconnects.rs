//! Connections that close during a statement, before or after its commit.

use harness::{Fault, FaultPoint, Proxy, with_service};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::fleet::FakeWorker;
use super::{
    BALANCE, CLAIM, COMPLETE, COMPLETED, Client, DEBITS, LAPSED, REFUNDS, SUBMIT, async_job, database_unavailable,
    job_id, status_and_code, worker_through,
};
use harness::fixtures::{ALLOW_REAPING, register_worker};

/// Every kind of submission.
fn calls() -> [(&'static str, Value); 3] {
    let batch = json!({"jobs": [{"type": "pdf", "html": "<p>"}, {"type": "screenshot", "html": "<p>"}]});
    [("/v1/pdf", async_job()), ("/v1/bulk", batch), ("/v1/screenshot", json!({"html": "<p>"}))]
}

const COUNTED: &str = "select coalesce(sum(completed), 0)::bigint from stat_minute";

#[tokio::test]
async fn a_submission_disconnected_before_its_commit_leaves_no_job_and_no_debit() {
    with_service(async |service| {
        let key = service.account("ada", 10).await;
        let proxy = Proxy::to(&service.database_url).await;
        let client = Client::new(&service.start_api(proxy.url()).await, &key);
        register_worker(&service.db, "idle").await;

        for (path, body) in calls() {
            for point in [FaultPoint::Before, FaultPoint::During] {
                let cut = proxy.inject(SUBMIT, 1, point, Fault::Disconnect);
                let response = client.post_idempotent("once", path, &body).await;
                cut.occurred().await;
                assert_eq!(status_and_code(&response), database_unavailable(), "{path} {point:?}");
                assert!(!response.header("retry-after").is_empty());
            }
        }

        assert_eq!(service.scalar("select count(*) from job").await, 0);
        assert_eq!((service.scalar(DEBITS).await, service.scalar(BALANCE).await), (0, 10));
    })
    .await;
}

#[tokio::test]
async fn a_submission_disconnected_after_its_commit_takes_effect_once_when_repeated() {
    with_service(async |service| {
        let key = service.account("ada", 10).await;
        let proxy = Proxy::to(&service.database_url).await;
        let client = Client::new(&service.start_api(proxy.url()).await, &key);
        register_worker(&service.db, "idle").await;
        let statuses = [202, 202, 409];

        for ((path, body), status) in calls().iter().zip(statuses) {
            let cut = proxy.inject(SUBMIT, 1, FaultPoint::After, Fault::Disconnect);
            let unheard = client.post_idempotent(path, path, body).await;
            cut.occurred().await;
            assert_eq!(status_and_code(&unheard), database_unavailable(), "{path}");
            let [first, second] =
                [client.post_idempotent(path, path, body).await, client.post_idempotent(path, path, body).await];
            assert_eq!((first.status, second.status), (status, status), "{path}: {}", first.json());
            assert_eq!(first.header("x-job-id"), second.header("x-job-id"));
            assert_eq!(first.header("idempotent-replayed"), if status == 202 { "true" } else { "" });
        }
        let _worker = FakeWorker::start(&service.database_url, "live", 4, &watch::channel(true).1).await;
        service.wait_for_count(COMPLETED, 4).await;
        let (path, body) = &calls()[2];
        let heard = client.post_idempotent(path, path, body).await;

        assert_eq!((heard.status, heard.header("idempotent-replayed")), (200, "true"));
        assert_eq!((service.scalar(DEBITS).await, service.scalar(BALANCE).await), (4, 6));
    })
    .await;
}

#[tokio::test]
async fn a_claim_disconnected_before_its_commit_costs_no_attempt() {
    for point in [FaultPoint::Before, FaultPoint::During] {
        with_service(async |service| {
            let key = service.account("ada", 10).await;
            let job = job_id(&service.post(&key, "/v1/pdf", &async_job()).await);
            let proxy = Proxy::to(&service.database_url).await;
            let cut = proxy.inject(CLAIM, 1, point, Fault::Disconnect);
            let _worker = worker_through(service, &proxy, 1).await;
            cut.occurred().await;

            let ended = service.wait_for_job(&key, &job).await;

            assert_eq!((&ended["status"], &ended["attempt"]), (&json!("completed"), &json!(1)), "{ended}");
        })
        .await;
    }
}

#[tokio::test]
async fn a_job_whose_claim_was_lost_is_claimed_again_when_its_lease_lapses() {
    with_service(async |service| {
        let key = service.account("ada", 10).await;
        let job = job_id(&service.post(&key, "/v1/pdf", &async_job()).await);
        let proxy = Proxy::to(&service.database_url).await;
        let cut = proxy.inject(CLAIM, 1, FaultPoint::After, Fault::Disconnect);
        let _worker = worker_through(service, &proxy, 1).await;
        cut.occurred().await;
        assert_eq!(service.scalar("select count(*) from queue where lease is not null and attempt = 1").await, 1);

        service.execute("update queue set deadline = now()").await;
        service.execute(ALLOW_REAPING).await;
        let ended = service.wait_for_job(&key, &job).await;

        assert_eq!((&ended["status"], &ended["attempt"]), (&json!("completed"), &json!(2)), "{ended}");
        assert_eq!((service.scalar(LAPSED).await, service.scalar(REFUNDS).await), (1, 0));
    })
    .await;
}

#[tokio::test]
async fn a_completion_that_is_disconnected_is_written_once_and_counted_once() {
    with_service(async |service| {
        let key = service.account("ada", 10).await;
        let proxy = Proxy::to(&service.database_url).await;
        let _worker = worker_through(service, &proxy, 1).await;

        for (point, jobs) in [(FaultPoint::Before, 1), (FaultPoint::During, 2), (FaultPoint::After, 3)] {
            let cut = proxy.inject(COMPLETE, 1, point, Fault::Disconnect);
            let job = job_id(&service.post(&key, "/v1/pdf", &async_job()).await);
            cut.occurred().await;
            let ended = service.wait_for_job(&key, &job).await;
            service.wait_for_count(COUNTED, jobs).await;

            assert_eq!((&ended["status"], &ended["attempt"]), (&json!("completed"), &json!(1)), "{point:?} {ended}");
            assert_eq!(
                (service.scalar("select count(*) from result").await, service.scalar(COUNTED).await),
                (jobs, jobs)
            );
        }
        assert_eq!(service.scalar(LAPSED).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_completion_whose_response_never_arrives_is_noticed() {
    with_service(async |service| {
        let key = service.account("ada", 10).await;
        let proxy = Proxy::to(&service.database_url).await;
        let frozen = proxy.inject(COMPLETE, 1, FaultPoint::After, Fault::Freeze);
        let _worker = worker_through(service, &proxy, 1).await;
        let job = job_id(&service.post(&key, "/v1/pdf", &async_job()).await);
        frozen.occurred().await;

        let ended = service.wait_for_job(&key, &job).await;
        service.wait_for_count(COUNTED, 1).await;

        assert_eq!((&ended["status"], &ended["attempt"]), (&json!("completed"), &json!(1)), "{ended}");
        assert_eq!((service.scalar(COUNTED).await, service.scalar(LAPSED).await), (1, 0));
    })
    .await;
}
