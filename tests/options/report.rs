//! The report of a job: what was rendered, the browser, and what a person should know of it.

use std::fmt::Write;

use harness::{Service, with_service, with_worker};
use poem::Response;
use poem::http::StatusCode;
use serde_json::{Value, json};
use tokio::net::TcpListener;

const GREEN: [u8; 3] = [0, 255, 0];

/// A page that is green, with these elements.
fn green(elements: &str) -> String {
    format!("<!doctype html><body style='margin:0;background:#00ff00'>{elements}")
}

/// Returns the codes of a job's warnings.
fn codes(job: &Value) -> Vec<&str> {
    let Some(warnings) = job["warnings"].as_array() else { return Vec::new() };
    warnings.iter().map(|warning| warning["code"].as_str().expect("a code")).collect()
}

/// Runs a test with a worker that may connect to a port at which connections are refused.
async fn with_refusing_port(test: impl AsyncFnOnce(&Service, &str, u16)) {
    with_service(async |service| {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        drop(listener);
        let allowed = format!("{},127.0.0.1/32:{port}", service.site.allowed());
        let worker = service.worker_process_with(1, &[("TINTYPE_EGRESS_ALLOW", &allowed)]).await;
        let key = service.account("ada", 50).await;
        test(service, &key, port).await;
        drop(worker);
    })
    .await;
}

#[tokio::test]
async fn a_job_tells_the_status_and_url_of_its_page_and_the_browser() {
    with_worker(async |service, key| {
        let site = &service.site;
        for (asked, found, status) in [
            ("/flag", "/flag", 200),
            ("/redirect", "/flag", 200),
            ("/redirect#part", "/flag#part", 200),
            ("/flag?a=b#c", "/flag?a=b#c", 200),
            ("/missing", "/missing", 404),
        ] {
            for kind in ["screenshot", "pdf"] {
                let job = service.submit(key, kind, json!({"url": site.page(asked)})).await;
                let job = service.wait_for_job(key, &job).await;

                assert_eq!(job["status"], "completed", "{asked}: {job}");
                assert_eq!(
                    (&job["target_status"], &job["final_url"]),
                    (&json!(status), &json!(site.page(found))),
                    "{job}"
                );
                assert!(job["browser"].as_str().is_some_and(|name| name.starts_with("Chromium 1")), "{job}");
                assert_eq!(job["warnings"], Value::Null, "{job}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_job_tells_the_page_that_a_script_led_to() {
    with_worker(async |service, key| {
        let led = service.site.page("/leave?after=/missing");

        let job = service.screenshot(key, json!({"url": led, "wait_for": "network_idle"})).await;

        assert_eq!(job["status"], "completed", "{job}");
        let expected = (&json!(404), &json!(service.site.page("/missing")));
        assert_eq!((&job["target_status"], &job["final_url"]), expected, "{job}");
    })
    .await;
}

#[tokio::test]
async fn an_html_job_tells_its_browser_and_has_neither_status_nor_url() {
    with_worker(async |service, key| {
        for body in [json!({"html": "<p>well"}), json!({"html": "<p>well", "base_url": "https://example.com/"})] {
            let job = service.screenshot(key, body).await;

            assert_eq!(job["status"], "completed", "{job}");
            assert_eq!((&job["target_status"], &job["final_url"]), (&Value::Null, &Value::Null), "{job}");
            assert!(job["browser"].as_str().is_some_and(|name| name.starts_with("Chromium ")), "{job}");
            assert_eq!(job["warnings"], Value::Null, "{job}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_job_that_failed_after_the_response_tells_of_it() {
    with_worker(async |service, key| {
        let site = &service.site;
        for (path, status) in [("/flag", 200), ("/missing", 404)] {
            let body = json!({"url": site.page(path), "wait_for": "#never", "timeout_ms": 1500});

            let job = service.screenshot(key, body).await;

            assert_eq!(job["error_code"], "WAIT_TIMEOUT", "{job}");
            assert_eq!((&job["target_status"], &job["final_url"]), (&json!(status), &json!(site.page(path))), "{job}");
            assert!(job["browser"].as_str().is_some_and(|name| name.starts_with("Chromium ")), "{job}");
        }
        let job = service.screenshot(key, json!({"url": site.page("/forever"), "timeout_ms": 1500})).await;
        assert_eq!(job["error_code"], "NAVIGATION_TIMEOUT", "{job}");
        assert_eq!((&job["target_status"], &job["final_url"]), (&Value::Null, &Value::Null), "{job}");
    })
    .await;
}

fn page_with_font() -> String {
    green(
        "<style>@font-face { font-family: late; src: url(/font) } p { font-family: late }</style>
         <p>a headline</p><div style='position:fixed;inset:300px 0 0 0;background:#00ff00'></div>",
    )
}

#[tokio::test]
async fn a_picture_is_made_and_warns_if_a_font_never_arrives() {
    with_worker(async |service, key| {
        let held = service.site.hold("/font");
        service.site.put_html("/page", page_with_font());

        let image = service.screenshot(key, json!({"url": service.site.page("/page")})).await;
        let pdf = service.pdf(key, json!({"url": service.site.page("/page")})).await;

        assert_eq!(codes(&image), ["FONTS_LATE"], "{image}");
        service.image(key, &image).await.assert_colour((640, 700), GREEN);
        assert_eq!(codes(&pdf), ["FONTS_LATE"], "{pdf}");
        assert!(service.document(key, &pdf).await.text.contains("a headline"));
        held.release();
    })
    .await;
}

#[tokio::test]
async fn a_font_that_arrives_in_time_is_no_warning() {
    with_worker(async |service, key| {
        let held = service.site.hold("/font");
        service.site.put_html("/page", page_with_font());

        let job = service.submit(key, "screenshot", json!({"url": service.site.page("/page")})).await;
        service.site.wait_for_requests("/font", 1).await;
        held.release();
        let job = service.wait_for_job(key, &job).await;

        assert_eq!((&job["status"], &job["warnings"]), (&json!("completed"), &Value::Null), "{job}");
    })
    .await;
}

#[tokio::test]
async fn requests_that_failed_are_counted() {
    with_refusing_port(async |service, key, port| {
        let images = format!("<img src=/nothing><img src=http://127.0.0.1:{port}><img src=https://127.0.0.1:{port}>");
        service.site.put_html("/page", green(&images));

        let job = service.screenshot(key, json!({"url": service.site.page("/page"), "wait_for": "load"})).await;

        assert_eq!((&job["status"], codes(&job)), (&json!("completed"), vec!["REQUESTS_FAILED"]), "{job}");
        assert_eq!(job["warnings"][0]["count"], 3, "{job}");
        assert_eq!(job["target_status"], 200, "{job}");
    })
    .await;
}

/// A font needs the permission of its origin, so the browser rejects the error response as well.
#[tokio::test]
async fn a_request_that_failed_in_two_ways_counts_once() {
    with_worker(async |service, key| {
        service.site.put("/gone", |_| Response::builder().status(StatusCode::GONE).finish());
        let gone = service.site.page("/gone");
        let html = green(&format!(
            "<style>@font-face {{ font-family: gone; src: url({gone}) }} p {{ font-family: gone }}</style><p>text</p>"
        ));

        let job = service.screenshot(key, json!({"html": html, "wait_for": "load"})).await;

        assert_eq!(service.site.requests("/gone").len(), 1);
        assert_eq!(codes(&job), ["REQUESTS_FAILED"], "{job}");
        assert_eq!(job["warnings"][0]["count"], 1, "{job}");
    })
    .await;
}

#[tokio::test]
async fn event_streams_and_beacons_that_fail_are_not_counted() {
    with_refusing_port(async |service, key, port| {
        let site = &service.site;
        for host in [site.page("/nothing"), format!("http://127.0.0.1:{port}"), format!("https://127.0.0.1:{port}")] {
            let script = format!(
                "<script>
                    navigator.sendBeacon('{host}/beacon', 'x');
                    new EventSource('{host}/events').onerror = () => {{
                        document.body.insertAdjacentHTML('beforeend', '<p id=done>')
                    }}</script>"
            );
            site.put_html("/page", green(&script));

            let body = json!({"url": site.page("/page"), "wait_for": "#done", "delay_ms": 300, "timeout_ms": 10000});
            let job = service.screenshot(key, body).await;

            assert_eq!((&job["status"], &job["warnings"]), (&json!("completed"), &Value::Null), "{host}: {job}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_animation_that_does_not_end_in_time_is_a_warning_and_a_spinner_is_none() {
    with_worker(async |service, key| {
        let slow = "<p id=bar style='width:1px;transition:width 60s'>slow<script>
            bar.getBoundingClientRect(); bar.style.width = '500px'</script>";
        let quick = slow.replace("60s", "0.4s");
        let spinner = "<style>@keyframes turn { to { rotate: 360deg } } p { animation: turn 1s infinite }</style><p>o";
        for (page, expected) in [(slow, &["ANIMATION_RUNNING"][..]), (&*quick, &[]), (spinner, &[])] {
            let body = json!({"html": green(page), "scroll": true});

            let job = service.screenshot(key, body).await;

            assert_eq!((&job["status"], &*codes(&job)), (&json!("completed"), expected), "{page}: {job}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_fallback_that_was_used_is_a_warning() {
    with_worker(async |service, key| {
        for (path, kind, expected) in [
            ("/never", "screenshot", &["FALLBACK_USED"][..]),
            ("/never", "pdf", &["FALLBACK_USED"]),
            ("/flag", "screenshot", &[]),
        ] {
            let body = json!({
                "url": service.site.page(path), "wait_for": "load", "timeout_ms": 4000, "timeout_fallback_to": "commit",
            });

            let job = service.submit(key, kind, body).await;
            let job = service.wait_for_job(key, &job).await;

            assert_eq!((&job["status"], &*codes(&job)), (&json!("completed"), expected), "{kind} {path}: {job}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_page_without_end_is_captured_up_to_a_limit_with_a_warning() {
    with_worker(async |service, key| {
        let grow = "<script>
            const grow = () => document.body.insertAdjacentHTML('beforeend', '<div style=\"height:1500px\">more</div>');
            grow(); grow();
            addEventListener('scroll', () => {
                if (scrollY + innerHeight > document.documentElement.scrollHeight - 300) grow();
            });</script>";
        let long = "<div style='height:9000px'></div>";
        for (page, expected) in [(grow, &["SCROLL_INCOMPLETE"][..]), (long, &[])] {
            let job = service.screenshot(key, json!({"html": green(page), "scroll": true, "full_page": true})).await;

            assert_eq!((&job["status"], &*codes(&job)), (&json!("completed"), expected), "{job}");
            let (width, height) = service.image(key, &job).await.size();
            assert!(width == 1280 && (5000..=30_000).contains(&height), "{width} × {height}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_pdf_warns_of_content_that_is_wider_than_the_sheet() {
    with_worker(async |service, key| {
        for (width, expected) in [(600, &[][..]), (1000, &["CONTENT_SCALED"]), (3000, &["CONTENT_CUT_OFF"])] {
            let html = format!("<!doctype html><div style='width:{width}px;background:#00ff00'>wide</div>");

            let pdf = service.pdf(key, json!({"html": html})).await;
            let image = service.screenshot(key, json!({"html": html, "full_page": true})).await;

            assert_eq!((&pdf["status"], &*codes(&pdf)), (&json!("completed"), expected), "{width}: {pdf}");
            assert_eq!((&image["status"], &image["warnings"]), (&json!("completed"), &Value::Null), "{width}: {image}");
        }
    })
    .await;
}

/// Frames of other origins that never look the same twice take the most time.
#[tokio::test]
async fn frames_that_there_was_no_time_for_are_a_warning() {
    with_worker(async |service, key| {
        let content = "<style>@keyframes change { to { background: #ffffff } }
            body { animation: change 1s linear infinite alternate; background: #000000 }</style>changes";
        let frames = |count: usize| {
            let mut page = String::from("<div style='height:800px'></div>");
            for _ in 0..count {
                let style = "display:block;border:0;width:300px;height:3600px";
                write!(page, "<iframe sandbox style='{style}' srcdoc='{content}'></iframe>").expect("memory");
            }
            green(&page)
        };
        for (count, expected) in [(5, &["FRAMES_MISSING"][..]), (1, &[])] {
            let body = json!({"html": frames(count), "wait_for": "load", "full_page": true, "timeout_ms": 60000});

            let job = service.screenshot(key, body).await;

            assert_eq!((&job["status"], &*codes(&job)), (&json!("completed"), expected), "{count}: {job}");
        }
    })
    .await;
}
