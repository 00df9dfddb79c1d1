//! Calls that are repeated with the same `Idempotency-Key`.

use harness::{ApiResponse, Service, with_service};
use serde_json::{Value, json};

async fn send(service: &Service, key: &str, path: &str, once: &str, body: &Value) -> ApiResponse {
    let call = service.send(|http, url| {
        http.post(format!("{url}{path}")).header("X-API-Key", key).header("Idempotency-Key", once).json(body)
    });
    call.await
}

fn job() -> Value {
    json!({"html": "<p>once", "async": true})
}

#[tokio::test]
async fn a_repeated_call_gets_the_first_response_and_costs_nothing() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;

        let first = send(service, &key, "/v1/pdf", "invoice 42", &job()).await;
        let again = send(service, &key, "/v1/pdf", "invoice 42", &job()).await;

        assert_eq!((first.status, again.status), (202, 202));
        assert_eq!(first.json(), again.json());
        assert_eq!((first.header("idempotent-replayed"), again.header("idempotent-replayed")), ("", "true"));
        assert_eq!(first.header("x-credits-remaining"), again.header("x-credits-remaining"));
        assert_eq!(service.scalar("select balance from account").await, 4);
    })
    .await;
}

#[tokio::test]
async fn the_same_idempotency_key_for_another_call_is_rejected() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        send(service, &key, "/v1/pdf", "k", &job()).await;

        let calls = [
            ("/v1/pdf", json!({"html": "<p>another", "async": true})),
            ("/v1/pdf", json!({"html": "<p>once", "async": true, "delay_ms": 5})),
            ("/v1/screenshot", job()),
            ("/v1/bulk", json!({"jobs": [{"type": "pdf", "html": "<p>once"}]})),
        ];
        for (path, body) in calls {
            let response = send(service, &key, path, "k", &body).await;

            assert_eq!((response.status, &response.json()["detail"]["code"]), (422, &json!("IDEMPOTENCY_KEY_REUSED")));
            assert_eq!(response.json()["detail"]["errors"][0]["field"], "Idempotency-Key");
        }
        assert_eq!(service.scalar("select balance from account").await, 4);
    })
    .await;
}

#[tokio::test]
async fn calls_with_the_same_meaning_are_the_same_call() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let spelled =
            json!({"async_mode": true, "delay_ms": 0, "html": "<p>once", "print_background": true, "margin": {}});
        // Wins over the page's own paper, and is another call.
        let on_a4 = json!({"async_mode": true, "format": "A4", "html": "<p>once"});

        let first = send(service, &key, "/v1/pdf", "k", &job()).await;
        let again = send(service, &key, "/v1/pdf", "k", &spelled).await;
        let other = send(service, &key, "/v1/pdf", "k", &on_a4).await;

        assert_eq!(first.json(), again.json());
        assert_eq!(other.status, 422, "{:?}", other.json());
    })
    .await;
}

#[tokio::test]
async fn a_repeated_batch_gets_the_first_response() {
    with_service(async |service| {
        let key = service.account("ada", 2).await;
        let page = json!({"type": "screenshot", "html": "<p>"});
        let batch = json!({"jobs": [page, page, page]});

        let first = send(service, &key, "/v1/bulk", "k", &batch).await;
        domain::account::grant(&service.db, &harness::fixtures::actor(), "ada", 10).await.expect("a grant");
        let again = send(service, &key, "/v1/bulk", "k", &batch).await;

        assert_eq!((first.status, &first.json()["submitted"]), (202, &json!(2)));
        assert_eq!(first.json(), again.json());
        assert_eq!(again.header("idempotent-replayed"), "true");
    })
    .await;
}

#[tokio::test]
async fn a_repeated_synchronous_call_gets_the_same_file() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        service.worker(1).await;
        let page = json!({"html": "<p>once"});

        let first = send(service, &key, "/v1/screenshot", "k", &page).await;
        let again = send(service, &key, "/v1/screenshot", "k", &page).await;

        assert_eq!((first.status, again.status), (200, 200));
        assert_eq!((first.header("x-job-id"), &first.bytes), (again.header("x-job-id"), &again.bytes));
        assert_eq!(again.header("idempotent-replayed"), "true");
        assert_eq!(service.scalar("select balance from account").await, 4);
    })
    .await;
}

#[tokio::test]
async fn a_repeated_synchronous_call_conflicts_while_the_first_is_in_progress() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        service.worker(1).await;
        let held = service.site.hold("/held");
        let page = json!({"url": service.site.page("/late?after=/held"), "wait_for": "#box"});

        let second = async {
            service.site.wait_for_requests("/held", 1).await;
            let second = send(service, &key, "/v1/screenshot", "k", &page).await;
            held.release();
            second
        };
        let (first, second) = tokio::join!(send(service, &key, "/v1/screenshot", "k", &page), second);

        assert_eq!(first.status, 200);
        assert_eq!((second.status, &second.json()["detail"]["code"]), (409, &json!("IDEMPOTENCY_IN_PROGRESS")));
        assert_eq!(second.header("x-job-id"), first.header("x-job-id"));
        assert_eq!(second.header("retry-after"), "1");
        assert_eq!((second.header("x-credits-used"), second.header("x-credits-remaining")), ("1", "4"));
    })
    .await;
}

#[tokio::test]
async fn a_repeated_synchronous_call_that_failed_fails_the_same_way() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        service.worker(1).await;
        let page = json!({"html": "<p>", "wait_for": "!!"});

        let first = send(service, &key, "/v1/screenshot", "k", &page).await;
        let again = send(service, &key, "/v1/screenshot", "k", &page).await;

        assert_eq!((first.status, again.status), (500, 500));
        assert_eq!(first.json()["error"], again.json()["error"]);
        assert_eq!((again.header("idempotent-replayed"), again.header("x-credits-used")), ("true", "0"));
    })
    .await;
}

#[tokio::test]
async fn an_invalid_idempotency_key_is_rejected() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;

        for bad in ["", &"k".repeat(256)] {
            let response = send(service, &key, "/v1/pdf", bad, &job()).await;

            assert_eq!((response.status, &response.json()["detail"]["code"]), (422, &json!("VALIDATION_ERROR")));
            assert_eq!(response.json()["detail"]["errors"][0]["field"], "Idempotency-Key");
        }
        let (unread, twice) = (&b"schl\xfcssel"[..], "k");
        let unread = reqwest::header::HeaderValue::from_bytes(unread).expect("a header");
        for second in [unread, reqwest::header::HeaderValue::from_static(twice)] {
            let call = service.send(|http, url| {
                let request = http.post(format!("{url}/v1/pdf")).header("X-API-Key", &key);
                request.header("Idempotency-Key", "k").header("Idempotency-Key", second).json(&job())
            });
            assert_eq!(call.await.status, 422);
        }
        assert_eq!(service.scalar("select balance from account").await, 5);
    })
    .await;
}
