//! Metrics: they agree with the database, cost no statement, and keep to the conventions.

#![expect(clippy::float_cmp, reason = "counters are whole numbers")]

mod dashboard;
mod scenario;

use std::collections::BTreeSet;

use harness::{Fault, FaultPoint, Metrics, Proxy, Service, free_address, with_service, with_worker};
use serde_json::json;
use tokio::time::timeout;

/// A part of the statement that samples the database for metrics.
const SAMPLE: &str = "as capped";

const SUBMIT: &str = "insert into queue";
const COMPLETE: &str = "insert into result";

/// Scrapes a process.
async fn scrape(url: &str) -> Metrics {
    let response = reqwest::get(format!("{url}/metrics")).await.expect("a response");
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    Metrics::parse(&response.text().await.expect("a text"))
}

/// Scrapes until `holds`: a process counts shortly after the database shows what it did.
async fn scrape_until(urls: &[String], holds: impl Fn(&Metrics) -> bool) -> Metrics {
    let agreed = async {
        loop {
            let mut metrics = Metrics::default();
            for url in urls {
                metrics.merge(scrape(url).await);
            }
            if holds(&metrics) {
                return metrics;
            }
        }
    };
    timeout(harness::TEST_TIMEOUT, agreed).await.expect("the metrics agree in time")
}

/// Submits a page as JSON, asynchronously, to another API than the service's own.
async fn submit(url: &str, key: &str) -> u16 {
    let page = json!({"html": "<p>", "async": true});
    let request = reqwest::Client::new().post(format!("{url}/v1/pdf")).header("X-API-Key", key).json(&page);
    request.send().await.expect("a response").status().as_u16()
}

#[tokio::test]
async fn every_metric_keeps_to_the_conventions_and_no_label_comes_from_a_caller() {
    with_worker(async |service, key| {
        let job = service.screenshot(key, json!({"html": "<p>"})).await;
        for path in
            ["/v1/jobs/0198f2c1-0000-7000-8000-000000000000", "/nothing/7", "/v1/nothing/7", "/metrics", "/docs"]
        {
            service.get(key, path).await;
        }
        service.send(|http, url| http.request("BREW".parse().expect("a method"), format!("{url}/v1/ping"))).await;

        let metrics = scrape(&service.url).await;

        assert_eq!(job["status"], "completed");
        assert_eq!(metrics.complaints(), Vec::<String>::new());
        let routes = metrics.values("tintype_http_requests_total", "route");
        let expected = ["/v1/screenshot", "/v1/jobs/{job_id}", "/docs", "none"].map(str::to_owned);
        assert!(expected.iter().all(|route| routes.contains(route)), "{routes:?}");
        assert!(routes.iter().all(|route| !route.contains('7') && !route.contains("0198")), "{routes:?}");
        assert!(metrics.values("tintype_http_requests_total", "method").contains("other"));
        let labels: BTreeSet<String> = metrics.names().iter().flat_map(|name| metrics.labels(name)).collect();
        assert_eq!(labels.iter().map(String::as_str).collect::<Vec<_>>(), LABELS);
    })
    .await;
}

/// Every label. Each has a bounded set of values: none is an account, a key, a job, or a URL.
const LABELS: [&str; 18] = [
    "channel",
    "class",
    "code",
    "direction",
    "lane",
    "le",
    "method",
    "of",
    "outcome",
    "phase",
    "program",
    "reason",
    "route",
    "state",
    "status",
    "type",
    "verb",
    "version",
];

#[tokio::test]
async fn a_scrape_does_not_ask_the_database() {
    with_service(async |service| {
        let proxy = Proxy::to(&service.database_url).await;
        let url = service.start_api(proxy.url()).await;
        scrape_until(std::slice::from_ref(&url), |metrics| metrics.sum("tintype_database_up", &[]) == 1.0).await;

        proxy.freeze();
        let scraped = timeout(std::time::Duration::from_secs(3), scrape(&url)).await;

        assert!(scraped.is_ok(), "a scrape waited for the database");
    })
    .await;
}

#[tokio::test]
async fn while_the_database_is_away_what_is_read_from_it_is_unknown() {
    with_service(async |service| {
        let proxy = Proxy::to(&service.database_url).await;
        let urls = [service.start_api(proxy.url()).await];
        let queued = |metrics: &Metrics| metrics.sum("tintype_queue_jobs", &[("state", "queued")]);
        let up = scrape_until(&urls, |metrics| metrics.sum("tintype_database_up", &[]) == 1.0).await;

        proxy.inject_always(SAMPLE, FaultPoint::Before, Fault::Disconnect);
        let away = scrape_until(&urls, |metrics| metrics.sum("tintype_database_up", &[]) == 0.0).await;

        assert_eq!(queued(&up), 0.0);
        assert!(queued(&away).is_nan(), "{}", queued(&away));
    })
    .await;
}

#[tokio::test]
async fn a_request_that_a_proxy_passed_on_gets_no_metrics() {
    with_service(async |service| {
        let status = async |headers: &[(&'static str, &'static str)]| {
            let get = |http: &reqwest::Client, url: &str| {
                let request = http.get(format!("{url}/metrics"));
                headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))
            };
            service.send(get).await.status
        };

        assert_eq!(status(&[]).await, 200);
        for name in ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via", "X-Forwarded-Proto", "X-Forwarded-Host"] {
            assert_eq!(status(&[(name, "1")]).await, 404, "{name}");
        }
        let document = service.get("", "/openapi.json").await.json();
        assert!(document["paths"].get("/metrics").is_none());
    })
    .await;
}

#[tokio::test]
async fn a_submission_whose_response_is_lost_is_counted_as_unknown() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let proxy = Proxy::to(&service.database_url).await;
        let url = service.start_api(proxy.url()).await;
        proxy.inject(SUBMIT, 1, FaultPoint::After, Fault::Disconnect);

        let (lost, known) = (submit(&url, &key).await, submit(&url, &key).await);

        let metrics = scrape(&url).await;
        assert_eq!((lost, known), (503, 202));
        assert_eq!(service.scalar("select count(*) from job").await, 2);
        assert_eq!(metrics.sum("tintype_jobs_submitted_total", &[]), 1.0);
        assert_eq!(metrics.sum("tintype_credits_debited_total", &[]), 1.0);
        assert_eq!(metrics.sum("tintype_unknown_commits_total", &[("verb", "submit")]), 1.0);
    })
    .await;
}

#[tokio::test]
async fn a_render_whose_end_was_committed_but_not_confirmed_is_counted_once() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let proxy = Proxy::to(&service.database_url).await;
        let port = free_address();
        let env = [("DATABASE_URL", proxy.url()), ("TINTYPE_WORKER_LISTEN", port.as_str())];
        let _worker = service.worker_process_with(1, &env).await;
        let lost = proxy.inject(COMPLETE, 1, FaultPoint::After, Fault::Disconnect);

        let job = service.screenshot(&key, json!({"html": "<p>"})).await;
        lost.occurred().await;

        let urls = [format!("http://{port}")];
        let of = |metrics: &Metrics| metrics.sum("tintype_renders_total", &[("outcome", "completed")]);
        let metrics = scrape_until(&urls, |metrics| of(metrics) == 1.0).await;
        assert_eq!(job["status"], "completed");
        assert_eq!(metrics.sum("tintype_jobs_completed_total", &[]), 1.0);
        let bytes = service.scalar("select sum(size)::bigint from result").await;
        assert_eq!(
            metrics.sum("tintype_result_bytes_total", &[]),
            f64::from(i32::try_from(bytes).expect("a small file"))
        );
    })
    .await;
}

/// Returns the one number that a query selects, as metrics have it.
async fn number(service: &Service, sql: &'static str) -> f64 {
    f64::from(i32::try_from(service.scalar(sql).await).expect("a small number"))
}
