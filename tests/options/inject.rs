//! Styles, scripts, hiding and clicking: changes to a page before it is captured.

use harness::{Service, decode_image, read_pdf, with_worker};
use poem::Response;
use serde_json::{Value, json};

const RED: [u8; 3] = [255, 0, 0];
const GREEN: [u8; 3] = [0, 255, 0];
const BLUE: [u8; 3] = [0, 0, 255];

/// A red page with a green box in its corner.
const PAGE: &str = "<!doctype html><title>red</title><body style='margin:0;background:#ff0000'>
    <div id=box style='width:100px;height:100px;background:#00ff00'></div>
    <button onclick=\"document.body.style.background = '#0000ff'\" style='position:absolute;left:300px;top:1000px'>go</button>";

async fn render(service: &Service, key: &str, options: &Value) -> harness::ApiResponse {
    let mut body = json!({"html": PAGE});
    body.as_object_mut().expect("an object").extend(options.as_object().expect("options").clone());
    service.post(key, "/v1/screenshot", &body).await
}

/// Renders the page without the option, with it, and without it again.
async fn assert_changes(options: Value, (background, corner): ([u8; 3], [u8; 3])) {
    with_worker(async |service, key| {
        for (options, background, corner) in
            [(json!({}), RED, GREEN), (options, background, corner), (json!({}), RED, GREEN)]
        {
            let image = render(service, key, &options).await;

            assert_eq!(image.status, 200, "{options}: {}", image.json());
            let image = decode_image(&image.bytes);
            image.assert_colour((640, 360), background);
            image.assert_colour((50, 50), corner);
        }
    })
    .await;
}

#[tokio::test]
async fn css_is_added_to_the_page_of_one_job() {
    assert_changes(json!({"css": "body { background: #0000ff !important }"}), (BLUE, GREEN)).await;
}

#[tokio::test]
async fn js_runs_in_the_page_of_one_job() {
    assert_changes(json!({"js": "document.body.style.background = '#0000ff'"}), (BLUE, GREEN)).await;
}

#[tokio::test]
async fn js_may_await_at_its_top_level() {
    let js = "const wait = ms => new Promise(done => setTimeout(done, ms)); await wait(300);
        document.body.style.background = '#0000ff'";
    assert_changes(json!({"js": js}), (BLUE, GREEN)).await;
}

#[tokio::test]
async fn selectors_are_hidden_for_one_job() {
    assert_changes(json!({"hide_selectors": ["#box", ".nothing"]}), (RED, RED)).await;
}

#[tokio::test]
async fn selectors_are_clicked_for_one_job() {
    assert_changes(json!({"click_selectors": ["button"]}), (BLUE, GREEN)).await;
}

#[tokio::test]
async fn a_click_comes_before_js_and_the_delay_after_both() {
    let options = json!({"click_selectors": ["button"], "delay_ms": 500,
        "js": "if (document.body.style.background.includes('255')) setTimeout(() => document.getElementById('box').style.background = '#0000ff', 200)"});
    assert_changes(options, (BLUE, BLUE)).await;
}

#[tokio::test]
async fn an_element_with_important_styles_of_its_own_is_hidden() {
    let html = "<!doctype html><body style='margin:0;background:#ff0000'>
        <p style='display:block !important;margin:0;width:99px;height:99px;background:#00ff00'></p>";
    with_worker(async |service, key| {
        let image = service.post(key, "/v1/screenshot", &json!({"html": html, "hide_selectors": ["p"]})).await;

        decode_image(&image.bytes).assert_colour((50, 50), RED);
    })
    .await;
}

#[tokio::test]
async fn an_element_that_appears_after_it_was_hidden_stays_hidden() {
    let html = "<!doctype html><body style='margin:0;background:#ff0000'><script>
        setTimeout(() => document.body.innerHTML = '<p style=\"margin:0;width:99px;height:99px;background:#00ff00\"></p>', 300)</script>";
    with_worker(async |service, key| {
        let body = json!({"html": html, "hide_selectors": ["p"], "delay_ms": 800});
        let image = service.post(key, "/v1/screenshot", &body).await;

        decode_image(&image.bytes).assert_colour((50, 50), RED);
    })
    .await;
}

/// The code is the customer's: a policy that the page has against strangers does not apply to it.
#[tokio::test]
async fn a_content_security_policy_does_not_stop_the_code_of_the_request() {
    with_worker(async |service, key| {
        service.site.put("/strict", |_| {
            let policy = "default-src 'none'; style-src 'none'; script-src 'none'";
            Response::builder().content_type("text/html").header("Content-Security-Policy", policy).body(PAGE)
        });
        let body = json!({"url": service.site.page("/strict"), "css": "body { background: #00ff00 !important }",
            "js": "document.getElementById('box').style.setProperty('background', '#0000ff', 'important')"});

        let image = service.post(key, "/v1/screenshot", &body).await;

        assert_eq!(image.status, 200, "{}", image.json());
        let image = decode_image(&image.bytes);
        image.assert_colour((640, 360), GREEN);
    })
    .await;
}

#[tokio::test]
async fn css_and_hidden_selectors_apply_to_a_pdf() {
    let html = "<!doctype html><p>kept</p><p class=hidden>hidden</p><p id=js></p>";
    with_worker(async |service, key| {
        let body = json!({"html": html, "hide_selectors": [".hidden"], "css": "p::after { content: 'added' }",
            "js": "document.getElementById('js').textContent = 'scripted'"});

        let pdf = service.post(key, "/v1/pdf", &body).await;

        assert_eq!(pdf.status, 200, "{}", pdf.json());
        let text = read_pdf(&pdf.bytes).text;
        assert!(["kept", "added", "scripted"].iter().all(|word| text.contains(word)), "{text}");
        assert!(!text.contains("hidden"), "{text}");
    })
    .await;
}

#[tokio::test]
async fn code_that_fails_fails_the_job_with_its_reason() {
    with_worker(async |service, key| {
        for (options, reason, words) in [
            (json!({"js": "throw new TypeError('no such thing')"}), "script_error", "TypeError: no such thing"),
            (json!({"js": "await Promise.reject(new Error('rejected'))"}), "script_error", "rejected"),
            (json!({"js": "let x = ;"}), "script_error", "SyntaxError"),
            (json!({"js": "'</script>'; throw 17"}), "script_error", "17"),
            (json!({"js": "while (true) {}", "timeout_ms": 2000}), "wait_timeout", "Timeout"),
            (json!({"js": "await new Promise(() => {})", "timeout_ms": 2000}), "wait_timeout", "Timeout"),
            (json!({"hide_selectors": ["p", "p:["]}), "selector_invalid", "`p:[`"),
            (json!({"click_selectors": ["p:["]}), "selector_invalid", "`p:[`"),
        ] {
            let failed = render(service, key, &options).await;

            let error = failed.json();
            assert_eq!((failed.status, &error["detail"]["reason"]), (500, &json!(reason)), "{options}: {error}");
            assert!(error["detail"]["message"].as_str().is_some_and(|message| message.contains(words)), "{error}");
            assert_eq!(failed.header("x-credits-used"), "0");
        }
    })
    .await;
}

#[tokio::test]
async fn a_click_that_finds_nothing_is_a_warning() {
    with_worker(async |service, key| {
        let image = render(service, key, &json!({"click_selectors": ["#accept-all"]})).await;

        assert_eq!(image.status, 200, "{}", image.json());
        let job = service.get(key, &format!("/v1/jobs/{}", image.header("x-job-id"))).await.json();
        assert_eq!(job["warnings"][0]["code"], "CLICK_NOT_FOUND", "{job}");
    })
    .await;
}

/// A form that is submitted by `js` leads to a page in which the same code would be wrong.
#[tokio::test]
async fn js_that_navigates_runs_once_and_the_next_page_is_captured() {
    with_worker(async |service, key| {
        let next = service.site.page("/flag");
        service.site.put_html("/first", "<!doctype html><p>first</p>");

        let js = format!("location.href = {next:?}; document.body.append('left')");
        let body =
            json!({"url": service.site.page("/first"), "js": js, "css": "div { background: #00ff00 !important }"});
        let image = service.post(key, "/v1/screenshot", &body).await;

        assert_eq!(image.status, 200, "{}", image.json());
        decode_image(&image.bytes).assert_colour((640, 100), GREEN);
        let job = service.get(key, &format!("/v1/jobs/{}", image.header("x-job-id"))).await.json();
        assert_eq!(job["final_url"], next);
    })
    .await;
}

/// A click that leads to another page: what is left happens there, and nothing twice.
#[tokio::test]
async fn the_steps_that_are_left_go_on_in_the_page_that_a_click_led_to() {
    with_worker(async |service, key| {
        let second = "<!doctype html><body style='margin:0;background:#ff0000'>
            <button id=two onclick=\"document.body.dataset.clicks = Number(document.body.dataset.clicks ?? 0) + 1\">two</button>";
        service.site.put_html("/second", second);
        service.site.put_html("/first", "<!doctype html><a id=one href=/second>one</a>");
        let js = "if (document.body.dataset.clicks === '1') document.body.style.background = '#00ff00'";

        let body = json!({"url": service.site.page("/first"), "click_selectors": ["#one", "#two"], "js": js});
        let image = service.post(key, "/v1/screenshot", &body).await;

        assert_eq!(image.status, 200, "{}", image.json());
        let job = service.get(key, &format!("/v1/jobs/{}", image.header("x-job-id"))).await.json();
        assert_eq!(job["final_url"], service.site.page("/second"), "{job}");
        if job.get("warnings").is_none() {
            decode_image(&image.bytes).assert_colour((640, 360), GREEN);
        }
    })
    .await;
}

#[tokio::test]
async fn a_page_that_redirects_by_itself_is_changed_where_it_ends() {
    with_worker(async |service, key| {
        service.site.put_html("/start", "<!doctype html><script>setTimeout(() => location = '/end', 300)</script>");
        service.site.put_html("/end", PAGE);
        let body = json!({"url": service.site.page("/start"), "delay_ms": 1500, "css": "#box { background: #0000ff !important }"});

        let image = service.post(key, "/v1/screenshot", &body).await;

        assert_eq!(image.status, 200, "{}", image.json());
        decode_image(&image.bytes).assert_colour((50, 50), BLUE);
    })
    .await;
}
