//! Pages that misbehave, and targets that are refused.

use harness::{picture, story};
use serde_json::json;

#[tokio::test]
async fn a_page_that_never_finishes_loading_is_taken_as_it_is() {
    story(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 10).await;

        let answer = service.post(&key, "/v1/screenshot", &json!({"url": service.site.page("/never")})).await;

        assert_eq!(answer.status, 200, "{:?}", answer.json());
        picture(&answer.bytes).assert_colour((640, 360), [0, 255, 0]);
    })
    .await;
}

#[tokio::test]
async fn an_alert_is_dismissed_and_an_error_page_is_taken_like_any_other() {
    story(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 10).await;

        let alert = service.post(&key, "/v1/screenshot", &json!({"url": service.site.page("/alert")})).await;
        let missing = service.post(&key, "/v1/screenshot", &json!({"url": service.site.page("/missing")})).await;
        let redirect = service.post(&key, "/v1/screenshot", &json!({"url": service.site.page("/redirect")})).await;

        assert_eq!((alert.status, missing.status, redirect.status), (200, 200, 200), "{:?}", alert.json());
        picture(&alert.bytes).assert_colour((640, 360), [0, 255, 0]);
        picture(&missing.bytes).assert_colour((640, 360), [255, 0, 0]);
        picture(&redirect.bytes).assert_colour((640, 620), [0, 0, 255]);
    })
    .await;
}

#[tokio::test]
async fn a_page_that_hangs_fails_in_time_and_is_refunded_while_others_are_rendered() {
    story(async |service| {
        service.worker(2).await;
        let key = service.account("ada", 10).await;

        let spin =
            service.post(&key, "/v1/screenshot", &json!({"url": service.site.page("/spin"), "async": true})).await;
        let well = service.post(&key, "/v1/screenshot", &json!({"html": "<p>well</p>"})).await;
        let hung = service.ended(&key, spin.json()["job_id"].as_str().expect("a job_id")).await;

        assert_eq!(well.status, 200, "{:?}", well.json());
        assert_eq!(hung["status"], "failed", "{hung}");
        assert!(hung["error_code"].as_str().expect("a code").ends_with("_TIMEOUT"), "{hung}");
        assert!(hung["error_message"].as_str().expect("a message").contains("Timeout"), "{hung}");
        assert_eq!(service.get(&key, "/v1/balance").await.json()["credits_remaining"], 9);
    })
    .await;
}

#[tokio::test]
async fn a_synchronous_failure_tells_its_reason_and_costs_nothing() {
    story(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 10).await;

        let body = json!({"html": "<p>no box</p>", "wait_for": "p["});
        let answer = service.post(&key, "/v1/screenshot", &body).await;

        let problem = answer.json();
        assert_eq!((answer.status, &problem["detail"]["code"]), (500, &json!("RENDER_ERROR")), "{problem}");
        assert_eq!(problem["detail"]["reason"], "selector_invalid");
        assert_eq!((answer.header("x-credits-used"), answer.header("x-credits-remaining")), ("0", "10"));
        let job = service.get(&key, &format!("/v1/jobs/{}", answer.header("x-job-id"))).await.json();
        assert_eq!((&job["status"], &job["error_code"]), (&json!("failed"), &json!("SELECTOR_INVALID")));
    })
    .await;
}

#[tokio::test]
async fn a_site_that_is_not_there_fails_the_job() {
    story(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 10).await;

        let nobody = "http://nobody.tintype.example/";
        let named = service.post(&key, "/v1/pdf", &json!({"url": nobody})).await;
        let led = service.site.page(&format!("/leave?after={nobody}"));
        let led = service.post(&key, "/v1/pdf", &json!({"url": led, "wait_for": "network_idle"})).await;

        for answer in [named, led] {
            let problem = answer.json();
            assert_eq!((answer.status, &problem["detail"]["code"]), (500, &json!("RENDER_ERROR")), "{problem}");
        }
        assert_eq!(service.get(&key, "/v1/balance").await.json()["credits_remaining"], 10);
    })
    .await;
}

#[tokio::test]
async fn private_addresses_are_refused_before_anything_is_debited() {
    story(async |service| {
        let key = service.account("ada", 10).await;

        for url in [
            "http://127.0.0.1:1/",
            "http://169.254.169.254/latest/",
            "http://[::1]/",
            "http://2130706433/",
            "http://intranet/",
        ] {
            for path in ["/v1/screenshot", "/v1/pdf"] {
                let answer = service.post(&key, path, &json!({"url": url, "async_mode": true})).await;

                let problem = answer.json();
                assert_eq!(
                    (answer.status, &problem["detail"]["code"]),
                    (422, &json!("URL_BLOCKED")),
                    "{url}: {problem}"
                );
            }
        }
        assert_eq!(service.count("select count(*) from ledger where kind = 'debit'").await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_page_that_leads_to_a_private_address_is_not_shown() {
    story(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 10).await;
        let led = service.site.page(&format!("/leave?after={}", service.site.private("/flag")));

        let answer = service.post(&key, "/v1/screenshot", &json!({"url": led, "wait_for": "network_idle"})).await;

        let problem = answer.json();
        assert_eq!((answer.status, &problem["detail"]["code"]), (422, &json!("URL_BLOCKED")), "{problem}");
        assert_eq!(service.count("select count(*) from result").await, 0);
    })
    .await;
}

#[tokio::test]
async fn nothing_of_one_page_is_seen_by_the_next() {
    story(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 10).await;
        let page = service.site.page("/remember");

        for _ in 0..3 {
            let answer = service.post(&key, "/v1/screenshot", &json!({"url": page, "wait_for": "#done"})).await;

            assert_eq!(answer.status, 200, "{:?}", answer.json());
            picture(&answer.bytes).assert_colour((640, 360), [0, 255, 0]);
        }
    })
    .await;
}
