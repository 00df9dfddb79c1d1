//! A scenario through processes, and what they counted.

use domain::account::{Limits, limit};
use harness::fixtures::actor;
use harness::{Metrics, Process, Service, binary, free_address, with_service};
use serde_json::{Value, json};

use super::{number, scrape_until};

/// Starts an API as a process, and returns its URL once it is ready.
async fn api(service: &Service) -> (Process, String) {
    let (address, allowed) = (free_address(), service.site.allowed());
    let env = [
        ("DATABASE_URL", service.database_url.as_str()),
        ("TINTYPE_LISTEN", &address),
        ("TINTYPE_EGRESS_ALLOW", allowed),
        ("TINTYPE_SYNC_WAIT", "60"),
    ];
    let process = Process::start(&binary("tintype-api"), &[], &env);
    let url = format!("http://{address}");
    let ready = async { while reqwest::get(format!("{url}/health/ready")).await.is_err() {} };
    tokio::time::timeout(harness::TEST_TIMEOUT, ready).await.expect("the API starts in time");
    (process, url)
}

/// Sends JSON to an API, and returns its response.
async fn post(url: &str, path: &str, key: &str, once: Option<&str>, body: &Value) -> (u16, Value) {
    let request = reqwest::Client::new().post(format!("{url}{path}")).header("X-API-Key", key).json(body);
    let request = once.into_iter().fold(request, |request, once| request.header("Idempotency-Key", once));
    let response = request.send().await.expect("a response");
    let status = response.status().as_u16();
    (status, response.json().await.unwrap_or_default())
}

fn id(body: &Value) -> String {
    body["job_id"].as_str().unwrap_or_else(|| panic!("no job in {body}")).to_owned()
}

#[tokio::test]
async fn after_jobs_of_every_outcome_the_counters_of_all_processes_agree_with_the_database() {
    with_service(async |service| {
        let ((_first, one), (_second, two)) = (api(service).await, api(service).await);
        let ports = [free_address(), free_address()];
        let mut urls = vec![one.clone(), two.clone()];
        urls.extend(ports.iter().map(|port| format!("http://{port}")));

        let _workers = run(service, (&one, &two), &ports).await;

        let expected = expected(service).await;
        let metrics = scrape_until(&urls, |metrics| disagreements(metrics, &expected).is_empty()).await;
        let (claimed, waited) = ("tintype_jobs_claimed_total", "tintype_queue_wait_seconds_count");
        let released = metrics.sum("tintype_renders_total", &[("outcome", "released")]);
        let attempts = number(service, "select sum(attempt)::bigint from job").await;
        assert_eq!(metrics.sum(claimed, &[]) - released, attempts, "a release gives the attempt back");
        assert!(metrics.sum(waited, &[]) >= number(service, "select count(*) from job where attempt > 0").await);
        assert!(metrics.sum("tintype_claims_total", &[("outcome", "granted")]) >= 1.0);
        assert!(metrics.sum("tintype_browser_starts_total", &[("outcome", "success")]) >= 2.0);
        assert!(metrics.sum("tintype_egress_denied_total", &[("class", "private_address")]) >= 1.0);
        assert_eq!(metrics.sum("tintype_invariant_violations", &[]), 0.0);
        for url in &urls {
            assert_eq!(super::scrape(url).await.complaints(), Vec::<String>::new(), "{url}");
        }
    })
    .await;
}

/// Submits, renders, fails, cancels, retries, and is refused.
async fn run(service: &Service, (one, two): (&str, &str), ports: &[String; 2]) -> Vec<Process> {
    let (ada, poor) = (service.account("ada", 50).await, service.account("poor", 2).await);
    let limited = service.account("limited", 50).await;
    let limits = Limits { rate: Some(Some((1, 20))), ..Limits::default() };
    limit(&service.db, &actor(), "limited", limits).await.expect("a limit");
    let page = json!({"html": "<p>"});
    let later = json!({"html": "<p>", "async": true});
    let three = json!({"jobs": vec![json!({"type": "pdf", "html": "<p>"}); 3]});

    assert_eq!(post(one, "/v1/screenshot", &ada, None, &page).await.0, 503);
    let cancelled = id(&post(one, "/v1/screenshot", &ada, None, &later).await.1);
    let delete = reqwest::Client::new().delete(format!("{two}/v1/jobs/{cancelled}")).header("X-API-Key", &ada);
    assert_eq!(delete.send().await.expect("a response").status(), 200);
    assert_eq!(post(one, "/v1/bulk", &poor, None, &three).await.0, 202);
    assert_eq!(post(two, "/v1/pdf", &poor, None, &later).await.0, 402);
    assert_eq!(post(one, "/v1/pdf", &limited, None, &later).await.0, 202);
    service.execute("update account set arrives_at = now() + interval '1 hour' where name = 'limited'").await;
    assert_eq!(post(one, "/v1/pdf", &limited, None, &later).await.0, 429);
    for _ in 0..2 {
        assert_eq!(post(two, "/v1/screenshot", &ada, Some("once"), &later).await.0, 202);
    }
    let mut workers = Vec::new();
    for port in ports {
        workers.push(service.worker_process_with(1, &[("TINTYPE_WORKER_LISTEN", port)]).await);
    }

    let never = json!({"html": "<p>", "wait_for": "#never", "timeout_ms": 1000});
    assert_eq!(post(two, "/v1/screenshot", &ada, None, &never).await.0, 500);
    assert_eq!(post(two, "/v1/screenshot", &ada, None, &page).await.0, 200);
    assert_eq!(post(one, "/v1/pdf", &ada, None, &page).await.0, 200);
    let curious = json!({"html": "<img src='http://10.1.2.3/x.png'>"});
    assert_eq!(post(one, "/v1/pdf", &ada, None, &curious).await.0, 200);
    let again = post(one, &format!("/v1/jobs/{cancelled}/retry"), &ada, None, &json!({})).await;
    assert_eq!(again.0, 202, "{}", again.1);
    service.wait_for(async || (service.scalar("select count(*) from queue").await == 0).then_some(())).await;
    workers
}

type Expected = Vec<(&'static str, Vec<(&'static str, &'static str)>, f64)>;

/// Returns what the metrics must add up to.
async fn expected(service: &Service) -> Expected {
    let jobs = |state| async move { number(service, state).await };
    let refused = |code| ("tintype_http_errors_total", vec![("code", code)], 1.0);
    vec![
        ("tintype_jobs_submitted_total", vec![], jobs("select count(*) from job").await),
        (
            "tintype_jobs_submitted_total",
            vec![("type", "pdf")],
            jobs("select count(*) from job where type = 'pdf'").await,
        ),
        (
            "tintype_jobs_submitted_total",
            vec![("lane", "bulk")],
            jobs("select count(*) from job where batch is not null").await,
        ),
        ("tintype_jobs_completed_total", vec![], jobs("select count(*) from job where state = 'completed'").await),
        ("tintype_jobs_failed_total", vec![], jobs("select count(*) from job where state = 'failed'").await),
        (
            "tintype_jobs_failed_total",
            vec![("code", "CANCELLED")],
            jobs("select count(*) from job where error_code = 'CANCELLED'").await,
        ),
        (
            "tintype_jobs_failed_total",
            vec![("code", "WAIT_TIMEOUT")],
            jobs("select count(*) from job where error_code = 'WAIT_TIMEOUT'").await,
        ),
        (
            "tintype_credits_debited_total",
            vec![],
            jobs("select -sum(amount)::bigint from ledger where kind = 'debit'").await,
        ),
        (
            "tintype_credits_refunded_total",
            vec![],
            jobs("select sum(amount)::bigint from ledger where kind = 'refund'").await,
        ),
        ("tintype_result_bytes_total", vec![], jobs("select sum(size)::bigint from result").await),
        (
            "tintype_renders_total",
            vec![("outcome", "completed")],
            jobs("select count(*) from job where state = 'completed'").await,
        ),
        (
            "tintype_render_seconds_count",
            vec![("type", "pdf")],
            jobs("select count(*) from job where type = 'pdf' and timings is not null").await,
        ),
        ("tintype_renders_total", vec![("outcome", "failed"), ("code", "WAIT_TIMEOUT")], 1.0),
        refused("CREDITS_EXHAUSTED"),
        refused("RATE_LIMIT_EXCEEDED"),
        refused("NO_WORKERS"),
        ("tintype_http_requests_total", vec![("route", "/v1/bulk"), ("status", "2xx")], 1.0),
    ]
}

fn disagreements(metrics: &Metrics, expected: &Expected) -> Vec<String> {
    let wrong = expected.iter().filter_map(|(name, labels, expected)| {
        let counted = metrics.sum(name, labels);
        (counted != *expected).then(|| format!("{name} {labels:?}: {counted}, not {expected}"))
    });
    let wrong: Vec<String> = wrong.collect();
    if !wrong.is_empty() {
        eprintln!("{wrong:#?}");
    }
    wrong
}
