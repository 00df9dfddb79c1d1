//! Readiness: when a page is captured, and what is reported when it is not ready in time.

use harness::fixtures::green;
use harness::{Service, decode_image, with_service};
use serde_json::{Value, json};

const GREEN: [u8; 3] = [0, 255, 0];

async fn ended(service: &Service, key: &str, body: Value) -> Value {
    let mut body = body;
    body["async"] = json!(true);
    let job = service.post(key, "/v1/screenshot", &body).await.json();
    service.wait_for_job(key, job["job_id"].as_str().expect("a job_id")).await
}

#[tokio::test]
async fn a_page_that_never_finishes_loading_is_captured_as_it_is() {
    with_service(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 10).await;

        let response = service.post(&key, "/v1/screenshot", &json!({"url": service.site.page("/never")})).await;

        assert_eq!(response.status, 200, "{:?}", response.json());
        decode_image(&response.bytes).assert_colour((640, 360), [0, 255, 0]);
    })
    .await;
}

#[tokio::test]
async fn a_page_that_hangs_times_out_and_is_refunded_while_others_are_rendered() {
    with_service(async |service| {
        service.worker(2).await;
        let key = service.account("ada", 10).await;

        let spin = json!({"url": service.site.page("/spin"), "timeout_ms": 2000});
        let spin = service.submit(&key, "screenshot", spin).await;
        let well = service.post(&key, "/v1/screenshot", &json!({"html": "<p>well</p>"})).await;
        let hung = service.wait_for_job(&key, &spin).await;

        assert_eq!(well.status, 200, "{:?}", well.json());
        assert_eq!(hung["status"], "failed", "{hung}");
        assert!(hung["error_code"].as_str().expect("a code").ends_with("_TIMEOUT"), "{hung}");
        assert!(hung["error_message"].as_str().expect("a message").contains("Timeout"), "{hung}");
        assert_eq!(service.get(&key, "/v1/balance").await.json()["credits_remaining"], 9);
    })
    .await;
}

#[tokio::test]
async fn a_timeout_names_the_phase_in_which_it_expired() {
    with_service(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 20).await;
        let site = &service.site;
        site.put_html("/hangs", green("onload = () => setTimeout(() => { while (true) {} }, 200)"));
        for (body, code) in [
            (json!({"url": site.page("/forever")}), "NAVIGATION_TIMEOUT"),
            (json!({"url": site.page("/never"), "wait_for": "load"}), "WAIT_TIMEOUT"),
            (json!({"url": site.page("/hangs"), "wait_for": "load", "delay_ms": 600}), "CAPTURE_TIMEOUT"),
        ] {
            let mut body = body;
            body["timeout_ms"] = json!(1500);
            let job = ended(service, &key, body.clone()).await;

            assert_eq!(job["error_code"], code, "{body}: {job}");
            assert!(job["error_message"].as_str().is_some_and(|message| message.contains("Timeout")), "{job}");
            assert!(job["timings"]["total_ms"].as_u64().is_some_and(|total| total >= 1400), "{job}");
        }
        assert_eq!(service.get(&key, "/v1/balance").await.json()["credits_remaining"], 20);
    })
    .await;
}

#[tokio::test]
async fn a_page_that_is_not_ready_in_time_is_captured_at_the_fallback() {
    with_service(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 9).await;
        let never = service.site.page("/never");

        let body = json!({"url": never, "wait_for": "load", "timeout_ms": 3000, "timeout_fallback_to": "commit"});
        let settled = service.post(&key, "/v1/screenshot", &body).await;
        let body = json!({"url": never, "wait_for": "#no", "timeout_ms": 3000, "timeout_fallback_to": "load"});
        let neither = ended(service, &key, body).await;

        assert_eq!(settled.status, 200, "{:?}", settled.json());
        decode_image(&settled.bytes).assert_colour((640, 360), GREEN);
        assert_eq!(neither["error_code"], "WAIT_TIMEOUT", "{neither}");
    })
    .await;
}

#[tokio::test]
async fn a_job_reports_the_time_of_each_phase() {
    with_service(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 9).await;

        let job = ended(service, &key, json!({"url": service.site.page("/flag"), "delay_ms": 1500})).await;

        let spent = |phase: &str| job["timings"][phase].as_u64().expect("milliseconds");
        assert!(spent("wait_ms") >= 1500 && spent("navigate_ms") < 1500 + spent("wait_ms"), "{job}");
        assert!(spent("connect_ms") <= spent("navigate_ms"), "{job}");
        let phases = spent("navigate_ms") + spent("wait_ms") + spent("capture_ms");
        assert!(spent("capture_ms") > 0 && spent("total_ms") >= phases && spent("total_ms") < phases + 1500, "{job}");
    })
    .await;
}

#[tokio::test]
async fn an_html_page_that_navigates_away_fails_and_is_not_a_blank_image() {
    with_service(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 20).await;
        for (what, script) in [
            ("goes on", "location = '/login'"),
            ("reloads for ever", "location.reload()"),
            ("refreshes", "document.write('<meta http-equiv=refresh content=0>')"),
        ] {
            let body = json!({"html": green(script), "wait_for": "load", "timeout_ms": 20000, "delay_ms": 500});

            let job = ended(service, &key, body).await;

            assert_eq!(job["error_code"], "NAVIGATION_FAILED", "{what}: {job}");
            assert_eq!(job["attempt"], 1, "{what}: {job}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_page_that_closes_itself_or_reloads_once_is_captured_as_a_person_sees_it() {
    with_service(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 20).await;
        let site = &service.site;
        site.put_html("/closes", green("window.close()"));
        site.put_html("/closes-later", green("onload = () => setTimeout(() => window.close(), 50)"));
        let frame = "<script>top.close(); parent.close()</script>";
        site.put_html("/frame", frame);
        let own = |script: &str| json!({"html": green(script), "wait_for": "load", "delay_ms": 300});
        for (what, body) in [
            ("closes itself", json!({"url": site.page("/closes"), "delay_ms": 300})),
            ("closes itself later", json!({"url": site.page("/closes-later"), "wait_for": "load", "delay_ms": 300})),
            ("closes its html", own("window.close()")),
            ("closes what it took over", own("open('', '_self').close()")),
            (
                "is closed by a frame",
                own(&format!("document.write('<iframe hidden src=\"{}\"></iframe>')", site.page("/frame"))),
            ),
            ("reloads", own("if (!sessionStorage.seen) { sessionStorage.seen = 1; location.reload() }")),
            ("reloads with a query", own("if (!location.search) location.search = '?theme=light'")),
            ("changes its hash", own("location.hash = 'a'")),
        ] {
            let response = service.post(&key, "/v1/screenshot", &body).await;

            assert_eq!(response.status, 200, "{what}: {:?}", response.json());
            decode_image(&response.bytes).assert_colour((640, 360), GREEN);
        }
    })
    .await;
}

#[tokio::test]
async fn a_page_that_navigates_while_scrolled_is_captured_at_its_destination() {
    with_service(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 9).await;
        let site = &service.site;
        let tall =
            "document.body.style.height = '29000px'; onload = () => setTimeout(() => location = '/arrived', 250)";
        site.put_html("/tall/leaves", green(tall).replace("#00ff00", "#ff0000"));
        site.put_html("/arrived", green(""));

        let body = json!({"url": site.page("/tall/leaves"), "wait_for": "load", "scroll": true, "delay_ms": 400});
        let job = ended(service, &key, body).await;

        assert_eq!((&job["status"], &job["attempt"]), (&json!("completed"), &json!(1)), "{job}");
        let result = service.get(&key, job["result_url"].as_str().expect("a path")).await;
        decode_image(&result.bytes).assert_colour((640, 360), GREEN);
    })
    .await;
}
