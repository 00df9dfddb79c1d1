//! Logs: what a customer's `X-Request-Id` leads to, in both programs and in the operator's commands.

use domain::job::{self, ListFilter};
use harness::{LoggedProcess, Service, binary, run, with_service, with_worker};
use serde_json::{Value, json};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

fn traceparent() -> String {
    format!("00-{TRACE}-00f067aa0ba902b7-01")
}

/// A part of a secret that must be in no line.
const SECRET: &str = "SECRET-9c31";

async fn post(url: &str, key: &str, request_id: &str, body: &Value) -> reqwest::Response {
    let request = reqwest::Client::new().post(url).header("X-API-Key", key).header("X-Request-Id", request_id);
    request.header("traceparent", traceparent()).json(body).send().await.expect("a response")
}

async fn tintype(service: &Service, args: &[&str]) -> Value {
    let output = run(&binary("tintype"), args, &[("DATABASE_URL", &service.database_url)]).await;
    serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

/// Returns these fields of a line.
fn fields<const N: usize>(line: &Value, names: [&str; N]) -> [Value; N] {
    names.map(|name| line[name].clone())
}

#[tokio::test]
async fn the_id_of_a_request_leads_to_its_job_in_both_logs_and_in_the_commands() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let api = LoggedProcess::start(service, "tintype-api", &[]);
        let worker = LoggedProcess::start(service, "tintype-worker", &[("TINTYPE_WORKER_NAME", "w-1")]);
        let target = format!("{}?token={SECRET}", service.site.page("/nothing-here"));
        let body = json!({"url": target, "fail_on_status": ["4xx"], "async_mode": true});
        let url = format!("{}/v1/screenshot", api.url().await);

        let response = post(&url, &key, "mine-1", &body).await;

        let job = response.headers()["x-job-id"].to_str().expect("an id").to_owned();
        let accepted = api.line(|line| line["request.id"] == "mine-1" && line["status"] == 202).await;
        let failed = worker.line(|line| line["request.id"] == "mine-1" && line["outcome"] == "failed").await;
        let same = ["job.id", "account.id", "key.id", "request.id", "trace.id"];
        assert_eq!(fields(&accepted, same), fields(&failed, same));
        assert_eq!(fields(&accepted, ["job.id", "trace.id"]), [json!(job), json!(TRACE)]);
        assert_eq!(
            fields(&accepted, ["level", "method", "route", "path", "client.address"]),
            ["info", "POST", "/v1/screenshot", "/v1/screenshot", "127.0.0.1"].map(|text| json!(text))
        );
        assert_eq!(fields(&failed, ["attempt", "type", "level"]), [json!(1), json!("screenshot"), json!("info")]);
        for measured in ["queue_ms", "duration_ms", "browser_ms", "navigate_ms", "wait_ms", "store_ms", "browser.pid"] {
            assert!(failed[measured].is_u64(), "{measured}: {failed}");
        }
        let shown = tintype(service, &["job", "show", &job, "--json"]).await;
        assert_eq!(shown["request_id"], "mine-1");
        assert_eq!(shown["traceparent"], traceparent());
        assert_eq!(fields(&shown, ["key", "account"]), fields(&failed, ["key.id", "account.id"]));
        assert_eq!((&shown["worker"], &shown["worker_name"]), (&failed["worker.id"], &json!("w-1")));
        assert_eq!(fields(&shown, ["error_code", "attempt"]), fields(&failed, ["error.code", "attempt"]));
        assert!(shown["error_code"].is_string(), "{shown}");
        let found = tintype(service, &["job", "list", "--request-id", "mine-1", "--json"]).await;
        assert_eq!((found.as_array().map(Vec::len), &found[0]["id"]), (Some(1), &json!(job)));
        let text = run(&binary("tintype"), &["job", "show", &job], &[("DATABASE_URL", &service.database_url)]).await;
        assert!(text.stdout.contains("request    mine-1") && text.stdout.contains("(w-1)"), "{}", text.stdout);
        for line in api.lines().iter().chain(&worker.lines()) {
            assert!(!line.to_string().contains(SECRET), "{line}");
        }
    })
    .await;
}

#[tokio::test]
async fn every_way_of_submitting_stores_the_id_of_its_request() {
    with_worker(async |service, key| {
        let submit = async |path: &str, id: &str, body: Value| {
            let response = post(&format!("{}{path}", service.url), key, id, &body).await;
            assert!(response.status().is_success(), "{path}: {}", response.status());
        };
        let page = json!({"html": "<p>"});
        submit("/v1/screenshot", "sync", page.clone()).await;
        submit("/v1/pdf", "async", json!({"html": "<p>", "async_mode": true})).await;
        submit("/v1/bulk", "bulk", json!({"jobs": vec![json!({"type": "pdf", "html": "<p>"}); 3]})).await;
        let failing = json!({"url": service.site.page("/missing"), "fail_on_status": ["4xx"]});
        let failed = service.screenshot(key, failing).await;
        submit(&format!("/v1/jobs/{}/retry", failed["job_id"].as_str().expect("an id")), "retry", json!({})).await;

        for (id, expected) in [("sync", 1), ("async", 1), ("bulk", 3), ("retry", 1), ("other", 0), ("bul", 0)] {
            let filter = ListFilter { request_id: Some(id), ..ListFilter::default() };
            assert_eq!(job::list(&service.db, filter, 10).await.expect("a list").len(), expected, "{id}");
        }
        // Without an id of its own, a request is found by the id in its response, for as long as its job is stored.
        let unnamed = service.post(key, "/v1/pdf", &json!({"html": "<p>", "async": true})).await;
        let filter = ListFilter { request_id: Some(unnamed.header("x-request-id")), ..ListFilter::default() };
        let found = job::list(&service.db, filter, 10).await.expect("a list");
        assert_eq!(found.first().map(|job| job.id.to_string()).as_deref(), Some(unnamed.header("x-job-id")));
        assert_eq!(service.scalar("select count(*) from job where request_id is null").await, 0);
        service.wait_for_count("select count(*) from job where state is not null", 8).await;
        assert_eq!(service.scalar("select count(*) from job where worker is null and state is not null").await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_request_is_logged_at_the_level_of_its_response() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let url = "postgres://nobody@127.0.0.1:1/none";
        let api = LoggedProcess::start(service, "tintype-api", &[]);
        let away = LoggedProcess::start(service, "tintype-api", &[("DATABASE_URL", url), ("RUST_LOG", "debug")]);
        let get = async |api: &LoggedProcess, path: &str| {
            let request = reqwest::Client::new().get(format!("{}{path}", api.url().await)).header("X-API-Key", &key);
            request.header("X-Request-Id", "bad id\t").send().await.expect("a response").status().as_u16()
        };

        get(&api, "/health/live").await;
        get(&api, "/v1/jobs/not%0aan%1bid").await;
        get(&api, &format!("/v1/jobs?reference={SECRET}")).await;
        get(&api, &format!("/{}", "x".repeat(5000))).await;
        get(&api, "/v1/bulk/0198f2c1-4f6e-7c2d-a1b0-3d5c77e09b41").await;
        get(&away, "/health/live").await;
        get(&away, "/v1/ping").await;

        let missing = api.line(|line| line["error.code"] == "JOB_NOT_FOUND").await;
        assert_eq!(api.line(|line| line["route"] == "/v1/jobs").await["status"], 200);
        let batch = api.line(|line| line["route"] == "/v1/bulk/{batch_id}").await;
        assert_eq!(
            fields(&missing, ["level", "status", "route"]),
            [json!("info"), json!(404), json!("/v1/jobs/{job_id}")]
        );
        assert_eq!(fields(&batch, ["level", "error.code"]), [json!("info"), json!("NOT_FOUND")]);
        assert!(batch["account.id"].is_string() && batch["key.id"].is_string(), "{batch}");
        let outage = away.line(|line| line["status"] == 503).await;
        assert_eq!(fields(&outage, ["level", "error.code"]), [json!("warn"), json!("DATABASE_UNAVAILABLE")]);
        assert_eq!(away.line(|line| line["path"] == "/health/live").await["level"], "debug");
        for line in api.lines() {
            let line = line.to_string();
            assert!(!line.contains(SECRET) && !line.contains("/health/live") && !line.contains("bad id"), "{line}");
            assert!(line.len() < 16 * 1024, "{}", line.len());
        }
    })
    .await;
}
