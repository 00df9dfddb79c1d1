//! Egress: what a page can reach, by whatever means it tries.

mod clusters;
mod containment;
mod frames;
mod names;
mod ports;
mod redirects;
mod schemes;
mod targets;

use harness::Service;
use serde_json::json;

/// Asserts that a URL is rejected when it is submitted.
async fn assert_blocked(service: &Service, key: &str, path: &str, url: &str) {
    let answer = service.post(key, path, &json!({"url": url, "async_mode": true})).await;

    let problem = answer.json();
    assert_eq!((answer.status, &problem["detail"]["code"]), (422, &json!("URL_BLOCKED")), "{url}: {problem}");
}
