//! Health checks of the API and of workers.

use std::net::TcpListener;

use harness::fixtures::register_worker;
use harness::{ApiResponse, Fault, FaultPoint, Proxy, TEST_TIMEOUT, with_service};
use nix::sys::signal::Signal;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::timeout;

const READY: &str = "/health/ready";

async fn ready(url: &str) -> (u16, Value) {
    let response = reqwest::get(format!("{url}{READY}")).await.expect("a response");
    (response.status().as_u16(), response.json().await.expect("JSON"))
}

#[tokio::test]
async fn ready_names_the_state_of_every_part() {
    with_service(async |service| {
        let alone = service.get("", READY).await.json();
        register_worker(&service.db, "idle").await;
        let url = service.start_api(&service.database_url).await;
        let (_, with_fleet) = ready(&url).await;

        let ok = json!({"status": "ok"});
        assert_eq!((&alone["status"], &alone["parts"]["fleet"]["status"]), (&json!("ready"), &json!("degraded")));
        assert_eq!((&with_fleet["parts"]["database"], &with_fleet["parts"]["schema"]), (&ok, &ok));
        assert_eq!(with_fleet["parts"]["fleet"], ok);
        assert_eq!(with_fleet["parts"]["wall"], json!({"status": "ok", "message": "exceptions in force: 1"}));
    })
    .await;
}

#[tokio::test]
async fn an_error_of_ready_is_like_every_other_and_names_the_part() {
    with_service(async |service| {
        service.execute("alter table setting rename to hidden").await;
        let absent = service.get("", READY).await;
        service.execute("alter table hidden rename to setting").await;
        let (_, unreachable) = ready(&service.start_api("postgres://127.0.0.1:1/tintype").await).await;

        let body = absent.json();
        assert_eq!((absent.status, absent.header("retry-after")), (503, "5"));
        assert_eq!(body["detail"]["request_id"].as_str(), Some(absent.header("x-request-id")));
        assert_eq!((&body["status"], &body["parts"]["schema"]["status"]), (&json!("not_ready"), &json!("failed")));
        assert!(body["detail"]["message"].as_str().expect("text").contains("tintype migrate"), "{body}");
        assert_eq!(unreachable["parts"]["database"]["status"], "failed", "{unreachable}");
        assert_eq!(unreachable["parts"]["schema"]["status"], "unknown");
    })
    .await;
}

#[tokio::test]
async fn a_database_that_does_not_respond_is_not_waited_for() {
    with_service(async |service| {
        let proxy = Proxy::to(&service.database_url).await;
        let url = service.start_api(proxy.url()).await;
        assert_eq!(ready(&url).await.0, 200);
        let held = proxy.inject("has_tables", 1, FaultPoint::Before, Fault::Hold);

        let response = async {
            loop {
                let response = ready(&url).await;
                if response.0 == 503 {
                    return response;
                }
            }
        };
        let ((status, body), ()) = tokio::join!(response, held.occurred());

        let message = body["parts"]["database"]["message"].as_str().expect("a message");
        assert!(status == 503 && message.starts_with("the database is away"), "{status} {message}");
        proxy.release();
    })
    .await;
}

#[tokio::test]
async fn ready_does_not_wait_behind_the_calls_of_customers() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let proxy = Proxy::to(&service.database_url).await;
        let url = service
            .start_api_with(|config| {
                config.database_url = proxy.url().parse().expect("a URL");
                config.connections = 1;
            })
            .await;
        let held = proxy.inject("insert into queue", 1, FaultPoint::Before, Fault::Hold);
        let http = reqwest::Client::new();
        let body = json!({"html": "<p>", "async": true});
        let submit = http.post(format!("{url}/v1/pdf")).header("X-API-Key", &key).json(&body).send();

        let (submitted, ()) = tokio::join!(submit, async {
            held.occurred().await;
            let (status, body) = ready(&url).await;
            assert_eq!(status, 200, "{body}");
            proxy.release();
        });

        assert_eq!(submitted.expect("a response").status().as_u16(), 202);
    })
    .await;
}

/// Returns an address that is free for now.
fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").to_string()
}

#[tokio::test]
async fn a_worker_has_a_port_for_health_and_metrics() {
    with_service(async |service| {
        let address = free_address();
        let mut worker =
            service.worker_process_with(1, &[("TINTYPE_WORKER_LISTEN", &address), ("TINTYPE_GRACE", "30")]).await;
        let url = format!("http://{address}");
        let send = async |method: Method, path: &str| -> ApiResponse {
            service.send(|http, _| http.request(method, format!("{url}{path}"))).await
        };

        let (status, body) = ready(&url).await;
        assert_eq!((status, &body["status"]), (200, &json!("ready")), "{body}");
        for part in ["database", "schema", "browsers", "fleet"] {
            assert_eq!(body["parts"][part], json!({"status": "ok"}), "{part}");
        }
        assert!(matches!(body["parts"]["wall"]["status"].as_str(), Some("ok" | "degraded")), "{body}");
        assert_eq!(send(Method::GET, "/health/live").await.json(), json!({"status": "live"}));
        assert_eq!(send(Method::HEAD, READY).await.status, 200);
        let metrics = send(Method::GET, "/metrics").await;
        assert_eq!((metrics.status, metrics.header("content-type")), (200, "text/plain; version=0.0.4; charset=utf-8"));
        for (method, path, status, code) in [
            (Method::GET, "/", 404, "NOT_FOUND"),
            (Method::GET, "/v1/ping", 404, "NOT_FOUND"),
            (Method::POST, READY, 405, "METHOD_NOT_ALLOWED"),
        ] {
            let response = send(method, path).await;
            assert_eq!((response.status, &response.json()["error"]["code"]), (status, &json!(code)), "{path}");
        }

        let key = service.account("ada", 5).await;
        let page = service.site.hold("/held");
        service.submit(&key, "pdf", json!({"url": service.site.page("/held")})).await;
        service.site.wait_for_requests("/held", 1).await;
        worker.signal(Signal::SIGTERM);
        let draining = async {
            loop {
                let response = ready(&url).await;
                if response.0 == 503 {
                    return response.1;
                }
            }
        };
        let draining = timeout(TEST_TIMEOUT, draining).await.expect("it is announced");
        page.release();

        assert_eq!(draining["status"], "draining");
        assert_eq!(worker.wait().await, Some(0));
    })
    .await;
}

#[tokio::test]
async fn a_worker_without_a_database_is_live_but_not_ready() {
    with_service(async |service| {
        let proxy = Proxy::to(&service.database_url).await;
        let address = free_address();
        let env = [("DATABASE_URL", proxy.url()), ("TINTYPE_WORKER_LISTEN", address.as_str())];
        let _worker = service.worker_process_with(1, &env).await;
        let url = format!("http://{address}");
        assert_eq!(ready(&url).await.0, 200);

        proxy.freeze();
        let not_ready = async {
            loop {
                let response = ready(&url).await;
                if response.0 == 503 {
                    return response.1;
                }
            }
        };
        let body = timeout(TEST_TIMEOUT, not_ready).await.expect("it is noticed");
        let live = reqwest::get(format!("{url}/health/live")).await.expect("a response");

        assert_eq!((&body["status"], &body["parts"]["database"]["status"]), (&json!("not_ready"), &json!("failed")));
        assert_eq!(live.status().as_u16(), 200);
        proxy.restore();
    })
    .await;
}
