//! Targets at private addresses, in a call and in a page.

use harness::with_service;
use serde_json::json;

use super::assert_blocked;

#[tokio::test]
async fn private_addresses_are_rejected_before_anything_is_debited() {
    with_service(async |service| {
        let key = service.account("ada", 10).await;

        for url in [
            "http://127.0.0.1:1/",
            "http://169.254.169.254/latest/",
            "http://[::1]/",
            "http://2130706433/",
            "http://intranet/",
        ] {
            for path in ["/v1/screenshot", "/v1/pdf"] {
                assert_blocked(service, &key, path, url).await;
            }
        }
        assert_eq!(service.scalar("select count(*) from ledger where kind = 'debit'").await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_page_that_navigates_to_a_private_address_is_not_captured() {
    with_service(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 10).await;
        let led = service.site.page(&format!("/leave?after={}", service.site.private("/flag")));

        let answer = service.post(&key, "/v1/screenshot", &json!({"url": led, "wait_for": "network_idle"})).await;

        let problem = answer.json();
        assert_eq!((answer.status, &problem["detail"]["code"]), (422, &json!("URL_BLOCKED")), "{problem}");
        assert_eq!(service.scalar("select count(*) from result").await, 0);
    })
    .await;
}
