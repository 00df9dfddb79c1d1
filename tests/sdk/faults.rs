//! What the hand-written modules do with a service that is busy, newer than they are, or behind a broken proxy.

use std::sync::atomic::{AtomicUsize, Ordering};

use harness::{Service, with_service};
use poem::Response;
use poem::http::StatusCode;
use serde_json::{Value, json};
use tokio::process::Command;

use super::program::{Directory, client, python};

const JOB: &str = "0198f2c1-4f6e-7c2d-a1b0-3d5c77e09b41";

#[tokio::test]
async fn the_python_module_repeats_calls_and_tolerates_what_it_does_not_know() {
    with_service(async |service| {
        if client("python").is_some() {
            run(service, &Directory::create(), python("tests/sdk/faults.py")).await;
        }
    })
    .await;
}

#[tokio::test]
async fn the_typescript_module_repeats_calls_and_tolerates_what_it_does_not_know() {
    with_service(async |service| {
        if let Some(client) = client("typescript") {
            let directory = Directory::create();
            let command = directory.typescript(&client, "tests/sdk/faults.ts").await;
            run(service, &directory, command).await;
        }
    })
    .await;
}

/// Runs a program against a site that poses as the service.
async fn run(service: &Service, directory: &Directory, mut command: Command) {
    let calls = AtomicUsize::new(0);
    service.site.put("/v1/screenshot", move |_| match calls.fetch_add(1, Ordering::Relaxed) {
        0 => error(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMIT_EXCEEDED"),
        1 => error(StatusCode::SERVICE_UNAVAILABLE, "DATABASE_UNAVAILABLE"),
        _ => respond(StatusCode::ACCEPTED, &json!({"job_id": JOB, "status": "queued", "poll_url": "/", "new": 1})),
    });
    service.site.put(&format!("/v1/jobs/{JOB}"), |_| respond(StatusCode::OK, &newer_job()));
    let file = |_: &_| Response::builder().content_type("image/avif").body("file");
    service.site.put(&format!("/v1/jobs/{JOB}/result"), file);
    let proxy = |_: &_| Response::builder().status(StatusCode::BAD_GATEWAY).content_type("text/html").body("<h1>502");
    service.site.put("/v1/pdf", proxy);
    command.env("SITE", service.site.page(""));

    assert_eq!(directory.run(service, "tt_key", &mut command).await.trim(), "done");

    let requests = service.site.requests("/v1/screenshot");
    let keys: Vec<_> = requests.iter().map(|request| request.headers.get("Idempotency-Key")).collect();
    assert!(keys.len() == 3 && keys[0].is_some() && keys.iter().all(|key| *key == keys[0]), "{keys:?}");
    assert_eq!(service.site.requests("/v1/pdf").len(), 1);
}

/// A job with values and fields that this version does not have.
fn newer_job() -> Value {
    let time = "2030-01-01T00:00:00Z";
    json!({
        "job_id": JOB, "type": "video", "format": "avif", "status": "completed", "created_at": time, "attempt": 1,
        "blocked": [{"class": "new", "count": 1}], "warnings": [{"code": "NEW", "message": "new"}], "new": {"a": 1},
    })
}

fn error(status: StatusCode, code: &str) -> Response {
    let detail = json!({"code": code, "message": "later", "request_id": "1", "retry_after": 0});
    respond(status, &json!({"detail": detail, "error": {"code": code, "message": "later"}}))
}

fn respond(status: StatusCode, body: &Value) -> Response {
    Response::builder().status(status).content_type("application/json").body(body.to_string())
}
