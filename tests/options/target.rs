//! Targets: hosts that cannot be reached, error pages, redirects and dialogs.

use harness::{decode_image, with_service};
use serde_json::json;

#[tokio::test]
async fn dialogs_are_dismissed_and_error_pages_and_redirects_are_captured() {
    with_service(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 10).await;

        let alert = service.post(&key, "/v1/screenshot", &json!({"url": service.site.page("/alert")})).await;
        let missing = service.post(&key, "/v1/screenshot", &json!({"url": service.site.page("/missing")})).await;
        let redirect = service.post(&key, "/v1/screenshot", &json!({"url": service.site.page("/redirect")})).await;

        assert_eq!((alert.status, missing.status, redirect.status), (200, 200, 200), "{:?}", alert.json());
        decode_image(&alert.bytes).assert_colour((640, 360), [0, 255, 0]);
        decode_image(&missing.bytes).assert_colour((640, 360), [255, 0, 0]);
        decode_image(&redirect.bytes).assert_colour((640, 620), [0, 0, 255]);
    })
    .await;
}

#[tokio::test]
async fn a_host_that_does_not_exist_fails_the_job() {
    with_service(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 10).await;

        let nobody = "http://nobody.tintype.example/";
        let named = service.post(&key, "/v1/pdf", &json!({"url": nobody})).await;
        let led = service.site.page(&format!("/leave?after={nobody}"));
        let led = service.post(&key, "/v1/pdf", &json!({"url": led, "wait_for": "network_idle"})).await;

        for response in [named, led] {
            let problem = response.json();
            assert_eq!((response.status, &problem["detail"]["code"]), (500, &json!("RENDER_ERROR")), "{problem}");
        }
        assert_eq!(service.get(&key, "/v1/balance").await.json()["credits_remaining"], 10);
    })
    .await;
}

#[tokio::test]
async fn a_site_without_tls_fails_at_once_with_a_tls_error() {
    with_service(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 9).await;
        let plain = service.site.page("/flag").replace("http://", "https://");

        let job = service.screenshot(&key, json!({"url": plain, "timeout_ms": 20000})).await;

        assert_eq!((&job["error_code"], &job["attempt"]), (&json!("TLS_ERROR"), &json!(1)), "{job}");
    })
    .await;
}
