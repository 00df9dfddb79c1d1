//! Headers that every response has, and the request ids in them.

use harness::{ApiResponse, Service, with_service};
use serde_json::json;

/// Requests with all kinds of responses: method, path, whether a key is sent, status.
const REQUESTS: [(&str, &str, bool, u16); 14] = [
    ("GET", "/v1/ping", true, 200),
    ("HEAD", "/v1/ping", true, 200),
    ("GET", "/v1/balance", true, 200),
    ("GET", "/v1/jobs", true, 200),
    ("GET", "/v1/usage", true, 200),
    ("GET", "/v1/ping", false, 401),
    ("GET", "/v1/jobs/x", true, 404),
    ("GET", "/v1/jobs/x/result", true, 404),
    ("POST", "/v1/jobs/x/retry", true, 404),
    ("GET", "/v1/bulk/x", true, 404),
    ("GET", "/v1/nothing", true, 404),
    ("PUT", "/v1/screenshot", true, 405),
    ("POST", "/v1/screenshot", true, 415),
    ("GET", "/v1/jobs?limit=0", true, 422),
];

async fn send(service: &Service, key: &str, method: &str, path: &str, headers: &[(&str, &str)]) -> ApiResponse {
    let method = method.parse().expect("a method");
    let send = |http: &reqwest::Client, url: &str| {
        let request = http.request(method, format!("{url}{path}")).header("X-API-Key", key);
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))
    };
    service.send(send).await
}

#[tokio::test]
async fn no_response_under_v1_is_stored_by_a_cache() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;

        for (method, path, with_key, status) in REQUESTS {
            let key = if with_key { key.as_str() } else { "none" };
            let response = send(service, key, method, path, &[]).await;

            assert_eq!(response.status, status, "{method} {path}: {}", response.json());
            assert_eq!(response.header("cache-control"), "no-store", "{method} {path}");
            assert_eq!(response.header("vary"), "X-API-Key, Authorization", "{method} {path}");
            assert_eq!(response.header("x-request-id").len(), 32, "{method} {path}");
        }
        let rendered = service.post(&key, "/v1/pdf", &json!({"html": "<p>", "async": true})).await;
        assert_eq!((rendered.status, rendered.header("cache-control")), (202, "no-store"));
        let live = service.get(&key, "/health/live").await;
        assert_eq!((live.status, live.header("vary"), live.header("x-request-id").len()), (200, "", 32));
    })
    .await;
}

#[tokio::test]
async fn the_request_id_is_the_callers_where_it_is_safe() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;

        for (method, path, with_key, _) in REQUESTS {
            let key = if with_key { key.as_str() } else { "none" };
            let response = send(service, key, method, path, &[("X-Request-Id", "Root=1-67891233-abc")]).await;

            assert_eq!(response.header("x-request-id"), "Root=1-67891233-abc", "{method} {path}");
            if response.status >= 400 && method != "HEAD" {
                assert_eq!(response.json()["detail"]["request_id"], "Root=1-67891233-abc", "{method} {path}");
            }
        }
        let long = "x".repeat(129);
        for unsafe_id in ["", "<script>", "a b", "\"", long.as_str()] {
            let response = send(service, &key, "GET", "/v1/ping", &[("X-Request-Id", unsafe_id)]).await;

            assert_eq!((response.status, response.header("x-request-id").len()), (200, 32), "{unsafe_id}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_failed_render_call_tells_what_it_cost() {
    with_service(async |service| {
        let key = service.account("ada", 1).await;
        let page = json!({"html": "<p>", "async": true});
        let send_with_key = async |page: &serde_json::Value| {
            let send = |http: &reqwest::Client, url: &str| {
                let request = http.post(format!("{url}/v1/screenshot")).header("X-API-Key", &key);
                request.header("Idempotency-Key", "k").json(page)
            };
            service.send(send).await
        };

        let no_workers = service.post(&key, "/v1/screenshot", &json!({"html": "<p>"})).await;
        let accepted = send_with_key(&page).await;
        let exhausted = service.post(&key, "/v1/screenshot", &page).await;
        let reused = send_with_key(&json!({"html": "<p>another", "async": true})).await;
        service.execute("update account set suspended_at = now()").await;
        let suspended = service.post(&key, "/v1/screenshot", &page).await;

        for (response, status, used, remaining) in [
            (no_workers, 503, "0", "1"),
            (accepted, 202, "1", "0"),
            (exhausted, 402, "0", "0"),
            (reused, 422, "0", "0"),
            (suspended, 403, "0", "0"),
        ] {
            let headers = (response.header("x-credits-used"), response.header("x-credits-remaining"));
            assert_eq!((response.status, headers), (status, (used, remaining)));
        }
    })
    .await;
}
