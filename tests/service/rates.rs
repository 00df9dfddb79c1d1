//! How fast an account may submit, over HTTP.

use domain::account::{Limits, limit};
use harness::{Service, story};
use serde_json::{Value, json};

async fn limited(service: &Service) -> String {
    let key = service.account("ada", 100).await;
    let limits = Limits { rate: Some(Some((60, 20))), ..Limits::default() };
    limit(&service.db, "ada", limits).await.expect("a limit");
    key
}

fn batch(jobs: usize) -> Value {
    let page = json!({"type": "screenshot", "html": "<p>"});
    json!({"jobs": vec![page; jobs]})
}

#[tokio::test]
async fn every_answer_tells_how_much_more_may_be_submitted() {
    story(async |service| {
        let key = limited(service).await;

        let answer = service.post(&key, "/v1/bulk", &batch(12)).await;

        assert_eq!(answer.header("ratelimit-policy"), "\"jobs\";q=20;w=20");
        assert_eq!(answer.header("ratelimit"), "\"jobs\";r=8;t=12");
    })
    .await;
}

#[tokio::test]
async fn what_is_too_fast_is_refused_whole_and_told_when_to_come_again() {
    story(async |service| {
        let key = limited(service).await;
        service.post(&key, "/v1/bulk", &batch(20)).await;

        let (one, many) = (
            service.post(&key, "/v1/screenshot", &json!({"html": "<p>", "async": true})).await,
            service.post(&key, "/v1/bulk", &batch(10)).await,
        );

        for (answer, seconds) in [(one, 1), (many, 10)] {
            assert_eq!((answer.status, &answer.json()["detail"]["code"]), (429, &json!("RATE_LIMIT_EXCEEDED")));
            let wait: i64 = answer.header("retry-after").parse().expect("seconds");
            assert!((seconds - 5..=seconds).contains(&wait), "{wait} for {seconds}");
            assert_eq!(answer.json()["detail"]["retry_after"], wait);
            assert!(answer.header("ratelimit").starts_with("\"jobs\";r="));
        }
        assert_eq!(service.count("select balance from account").await, 80);
    })
    .await;
}

#[tokio::test]
async fn an_account_without_a_limit_is_told_of_none() {
    story(async |service| {
        let key = service.account("ada", 100).await;

        let answer = service.post(&key, "/v1/bulk", &batch(20)).await;

        assert_eq!((answer.header("ratelimit"), answer.header("ratelimit-policy")), ("", ""));
    })
    .await;
}
