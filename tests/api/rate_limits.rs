//! Rate limits, over HTTP.

use domain::account::{Limits, limit};
use harness::fixtures::actor;
use harness::{Service, with_service};
use serde_json::{Value, json};

async fn limited(service: &Service) -> String {
    let key = service.account("ada", 100).await;
    let limits = Limits { rate: Some(Some((60, 20))), ..Limits::default() };
    limit(&service.db, &actor(), "ada", limits).await.expect("a limit");
    key
}

fn batch(jobs: usize) -> Value {
    let page = json!({"type": "screenshot", "html": "<p>"});
    json!({"jobs": vec![page; jobs]})
}

#[tokio::test]
async fn every_response_reports_the_remaining_rate_limit() {
    with_service(async |service| {
        let key = limited(service).await;

        let response = service.post(&key, "/v1/bulk", &batch(12)).await;

        assert_eq!(response.header("ratelimit-policy"), "\"jobs\";q=20;w=20");
        assert_eq!(response.header("ratelimit"), "\"jobs\";r=8;t=12");
    })
    .await;
}

#[tokio::test]
async fn a_call_over_the_rate_limit_is_rejected_as_a_whole_with_a_retry_after() {
    with_service(async |service| {
        let key = limited(service).await;
        service.post(&key, "/v1/bulk", &batch(20)).await;

        let (one, many) = (
            service.post(&key, "/v1/screenshot", &json!({"html": "<p>", "async": true})).await,
            service.post(&key, "/v1/bulk", &batch(10)).await,
        );

        for (response, seconds) in [(one, 1), (many, 10)] {
            assert_eq!((response.status, &response.json()["detail"]["code"]), (429, &json!("RATE_LIMIT_EXCEEDED")));
            let wait: i64 = response.header("retry-after").parse().expect("seconds");
            assert!((seconds - 5..=seconds).contains(&wait), "{wait} for {seconds}");
            assert_eq!(response.json()["detail"]["retry_after"], wait);
            assert!(response.header("ratelimit").starts_with("\"jobs\";r="));
        }
        assert_eq!(service.scalar("select balance from account").await, 80);
    })
    .await;
}

#[tokio::test]
async fn an_account_without_a_rate_limit_gets_no_rate_limit_headers() {
    with_service(async |service| {
        let key = service.account("ada", 100).await;

        let response = service.post(&key, "/v1/bulk", &batch(20)).await;

        assert_eq!((response.header("ratelimit"), response.header("ratelimit-policy")), ("", ""));
    })
    .await;
}
