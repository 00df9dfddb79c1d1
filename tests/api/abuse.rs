//! Abuse of each field: the documented error, no debit and no job.
//!
//! A new field is one row per kind of invalid value.

use harness::{ApiResponse, Service, with_service};
use serde_json::{Value, json};

/// Wording of libraries, and that of an error which the validator should have found: no response
/// contains it.
const LIBRARY_WORDS: &[&str] = &[
    "failed to",
    "invalid type",
    "expected",
    "at line",
    "parse error",
    "poem",
    "serde",
    "hyper",
    "invalid digit",
    "input contains",
    "premature end",
    "sqlx",
    "recursion",
    "does not match its schema",
];

const SCREENSHOT: &str = "/v1/screenshot";
const PDF: &str = "/v1/pdf";

/// Fields of a screenshot or a PDF with values that are invalid: `422 VALIDATION_ERROR`, naming
/// the field.
#[expect(clippy::too_many_lines, reason = "it is a table")]
fn invalid_values() -> Vec<(&'static str, &'static str, Vec<Value>)> {
    let long = |length: usize| json!("x".repeat(length));
    vec![
        (SCREENSHOT, "url", vec![json!(""), json!("   "), json!("/x"), json!("example.com"), json!(5), json!([])]),
        (SCREENSHOT, "url", vec![json!("http://u:p@host/"), json!("http://exa\tmple.com/"), json!("http://a\nb.com/")]),
        (SCREENSHOT, "url", vec![json!("ftp://example.com/"), json!("javascript:alert(1)"), json!("data:text/html,x")]),
        (SCREENSHOT, "url", vec![json!(format!("https://example.com/#{}", "x".repeat(1024 * 1024)))]),
        (
            SCREENSHOT,
            "url",
            vec![json!("http://"), json!("http://[::1"), json!("http://a b/"), json!("https://\u{0}/")],
        ),
        (SCREENSHOT, "format", vec![json!("gif"), json!("PNG "), json!(1), json!(true), json!("A4"), json!("")]),
        (SCREENSHOT, "quality", vec![json!(0), json!(101), json!(85.5), json!("85"), json!(-1), json!(1e300)]),
        (SCREENSHOT, "quality", vec![json!(u64::MAX), json!(i64::MIN), json!(-0.5), json!([85]), json!({})]),
        (SCREENSHOT, "full_page", vec![json!("true"), json!(1), json!(0), json!("yes"), json!([])]),
        (SCREENSHOT, "viewport", vec![json!([]), json!("1280x720"), json!(1280), json!(true)]),
        (SCREENSHOT, "viewport.width", vec![json!({"width": 0}), json!({"width": 3841}), json!({"width": "wide"})]),
        (SCREENSHOT, "viewport.height", vec![json!({"height": 0}), json!({"height": 2161}), json!({"height": 1.5})]),
        (SCREENSHOT, "viewport.device_scale_factor", vec![json!({"device_scale_factor": 0.49})]),
        (SCREENSHOT, "viewport.device_scale_factor", vec![json!({"device_scale_factor": 3.01})]),
        (SCREENSHOT, "viewport.device_scale_factor", vec![json!({"device_scale_factor": "2"})]),
        (SCREENSHOT, "dark_mode", vec![json!("true"), json!(1)]),
        (SCREENSHOT, "reduced_motion", vec![json!("true"), json!(1)]),
        (SCREENSHOT, "scroll", vec![json!("true"), json!(1)]),
        (SCREENSHOT, "delay_ms", vec![json!(-1), json!(10001), json!(1e12), json!("5s"), json!(0.5)]),
        (SCREENSHOT, "timeout_ms", vec![json!(999), json!(60001), json!("5s"), json!(-1000), json!(1e18)]),
        (SCREENSHOT, "wait_for", vec![json!(""), json!("networkidle0"), json!("Load"), json!(5), long(1025)]),
        (SCREENSHOT, "timeout_fallback_to", vec![json!("#ready"), json!(""), json!("networkidle2"), json!(1)]),
        (SCREENSHOT, "priority", vec![json!("urgent"), json!("Bulk"), json!(0)]),
        (SCREENSHOT, "async_mode", vec![json!("true"), json!(1), json!("yes")]),
        (SCREENSHOT, "async", vec![json!("true"), json!(1), json!("yes")]),
        (SCREENSHOT, "api_key", vec![json!("tt_secret")]),
        (SCREENSHOT, "webhook_url", vec![json!("https://example.com/")]),
        (SCREENSHOT, "device", vec![json!("phone"), json!("Mobile"), json!(1)]),
        (
            SCREENSHOT,
            "clip.x",
            vec![json!({"x": -1, "y": 0, "width": 1, "height": 1}), json!({"y": 0, "width": 1, "height": 1})],
        ),
        (
            SCREENSHOT,
            "clip.width",
            vec![json!({"x": 0, "y": 0, "width": 0, "height": 1}), json!({"x": 0, "y": 0, "width": "1", "height": 1})],
        ),
        (SCREENSHOT, "clip", vec![json!([0, 0, 1, 1]), json!("0,0,1,1")]),
        (SCREENSHOT, "selector", vec![json!(""), json!("  "), json!(1), long(1025)]),
        (SCREENSHOT, "omit_background", vec![json!("true"), json!(1)]),
        (SCREENSHOT, "user_agent", vec![json!(""), json!("a\nb"), json!("Möz"), long(513)]),
        (SCREENSHOT, "locale", vec![json!("xx_YY!"), json!("de_DE"), json!(""), json!(1), long(1024)]),
        (SCREENSHOT, "timezone", vec![json!("Mars/Olympus"), json!("+02:00"), json!(""), json!(2)]),
        (SCREENSHOT, "geolocation.latitude", vec![json!({"latitude": 91, "longitude": 0}), json!({"longitude": 0})]),
        (SCREENSHOT, "geolocation.longitude", vec![json!({"latitude": 0, "longitude": -181})]),
        (SCREENSHOT, "geolocation.accuracy", vec![json!({"latitude": 0, "longitude": 0, "accuracy": -1})]),
        (SCREENSHOT, "media", vec![json!("paper"), json!("Screen")]),
        (SCREENSHOT, "css", vec![json!(1), long(64 * 1024 + 1)]),
        (SCREENSHOT, "js", vec![json!(["alert(1)"]), long(64 * 1024 + 1)]),
        (SCREENSHOT, "hide_selectors", vec![json!("p"), json!(vec!["p"; 21])]),
        (SCREENSHOT, "hide_selectors[1]", vec![json!(["p", ""]), json!(["p", 1]), json!(["p", "x".repeat(1025)])]),
        (SCREENSHOT, "click_selectors", vec![json!(vec!["p"; 11])]),
        (SCREENSHOT, "click_selectors[0]", vec![json!([null]), json!([" "])]),
        (SCREENSHOT, "block_ads", vec![json!("true"), json!(1)]),
        (SCREENSHOT, "block_cookie_banners", vec![json!("true"), json!(1)]),
        (SCREENSHOT, "block_trackers", vec![json!("true"), json!(1)]),
        (SCREENSHOT, "block_resources", vec![json!("image"), json!(vec!["image"; 14])]),
        (SCREENSHOT, "block_resources[0]", vec![json!(["document"]), json!(["Image"]), json!([1])]),
        (SCREENSHOT, "ai_cleanup", vec![json!("thorough"), json!("slow"), json!(true)]),
        (SCREENSHOT, "fail_on_status", vec![json!("404"), json!(404), json!(vec!["404"; 21])]),
        (
            SCREENSHOT,
            "fail_on_status[0]",
            vec![json!(["600"]), json!([99]), json!(["599-400"]), json!([404.5]), json!([true])],
        ),
        (SCREENSHOT, "reference", vec![json!(1), long(129), json!("a\u{0}")]),
        (SCREENSHOT, "headers", vec![json!([]), json!("X-A: b"), json!({"": "a"}), json!({"a b": "c"})]),
        (SCREENSHOT, "headers.Host", vec![json!({"Host": "a"})]),
        (SCREENSHOT, "headers.cookie", vec![json!({"cookie": "a=b"})]),
        (SCREENSHOT, "headers.Sec-Fetch-Site", vec![json!({"Sec-Fetch-Site": "none"})]),
        (SCREENSHOT, "headers.Metadata-Flavor", vec![json!({"Metadata-Flavor": "Google"})]),
        (
            SCREENSHOT,
            "headers.X-A",
            vec![json!({"X-A": "b\r\nX-B: c"}), json!({"X-A": "x".repeat(2049)}), json!({"X-A": 1})],
        ),
        (
            SCREENSHOT,
            "cookies",
            vec![json!({}), json!(vec![json!({"name": "a", "value": "b", "domain": "example.com"}); 51])],
        ),
        (SCREENSHOT, "cookies[0]", vec![json!([{"name": "a", "value": "b"}]), json!(["a=b"])]),
        (SCREENSHOT, "cookies[0].name", vec![json!([{"value": "b", "domain": "example.com"}])]),
        (SCREENSHOT, "cookies[0].domain", vec![json!([{"name": "a", "value": "b", "domain": "example.org"}])]),
        (
            SCREENSHOT,
            "cookies[0].same_site",
            vec![json!([{"name": "a", "value": "b", "domain": "example.com", "same_site": "None"}])],
        ),
        (
            SCREENSHOT,
            "cookies[0].expires",
            vec![json!([{"name": "a", "value": "b", "domain": "example.com", "expires": -1}])],
        ),
        (SCREENSHOT, "basic_auth", vec![json!("a:b"), json!([])]),
        (SCREENSHOT, "basic_auth.password", vec![json!({"username": "a"})]),
        (
            SCREENSHOT,
            "basic_auth.username",
            vec![json!({"username": "a:b", "password": "c"}), json!({"username": "", "password": "c"})],
        ),
        (PDF, "width", vec![json!("0"), json!("-1in"), json!("201in"), json!("8.5in;rm"), json!(5)]),
        (PDF, "height", vec![json!("0px"), json!("1e9in"), json!("tall")]),
        (PDF, "scale", vec![json!(0.09), json!(2.01), json!("1"), json!(-1)]),
        (PDF, "page_ranges", vec![json!(""), json!("0"), json!("3-1"), json!("1,1"), json!("all"), json!(1)]),
        (
            PDF,
            "header_html",
            vec![
                json!("<script>1</script>"),
                json!("<img src=http://a/>"),
                json!("<link rel=stylesheet href=http://a>"),
                long(16 * 1024 + 1),
            ],
        ),
        (
            PDF,
            "footer_html",
            vec![json!("<p onclick=x>"), json!("<style>@import 'http://a';</style>"), json!("<iframe>"), json!(1)],
        ),
        (PDF, "tagged", vec![json!("true"), json!(1)]),
        (PDF, "outline", vec![json!("true"), json!(1)]),
        (PDF, "device", vec![json!("mobile")]),
        (PDF, "clip", vec![json!({"x": 0, "y": 0, "width": 1, "height": 1})]),
        (PDF, "omit_background", vec![json!(true)]),
        (PDF, "format", vec![json!("a4"), json!("A7"), json!("png")]),
        (PDF, "orientation", vec![json!("sideways"), json!("Portrait"), json!(1)]),
        (PDF, "print_background", vec![json!("true"), json!(1)]),
        (PDF, "prefer_css_page_size", vec![json!("true"), json!(1)]),
        (PDF, "margin", vec![json!("1cm"), json!(1), json!([])]),
        (PDF, "margin.top", vec![json!({"top": "8.5in;rm"}), json!({"top": "-1cm"}), json!({"top": 1})]),
        (PDF, "margin.top", vec![json!({"top": "1e9in"}), json!({"top": "NaNcm"}), json!({"top": ""})]),
        (PDF, "quality", vec![json!(85)]),
        (PDF, "full_page", vec![json!(true)]),
    ]
}

/// Whole bodies that are invalid: `422 VALIDATION_ERROR`, naming the field.
fn invalid_bodies() -> Vec<(&'static str, &'static str, Value)> {
    let job = json!({"type": "pdf", "html": "<p>"});
    let mut with_one_bad = vec![job.clone(); 20];
    with_one_bad[7]["format"] = json!("A9");
    vec![
        (SCREENSHOT, "url", json!({})),
        (SCREENSHOT, "body", json!([])),
        (SCREENSHOT, "body", json!(null)),
        (SCREENSHOT, "body", json!("url")),
        (SCREENSHOT, "html", json!({"html": ""})),
        (SCREENSHOT, "html", json!({"html": "a\u{0}b"})),
        (SCREENSHOT, "html", json!({"html": "<p>", "url": "https://example.com/"})),
        (SCREENSHOT, "a\u{fffd}b", json!({"html": "<p>", "a\u{fffd}b": 1})),
        (SCREENSHOT, "ab…", json!({"html": "<p>", "a\u{0}b": 1})),
        (SCREENSHOT, "async", json!({"html": "<p>", "async": true, "async_mode": false})),
        (SCREENSHOT, "base_url", json!({"html": "<p>", "base_url": "file:///etc/"})),
        (SCREENSHOT, "base_url", json!({"html": "<p>", "base_url": "javascript:1"})),
        (SCREENSHOT, "base_url", json!({"url": "https://example.com/", "base_url": "https://example.com/"})),
        (PDF, "viewport", json!({"html": "<p>", "viewport": {"width": 100}})),
        (SCREENSHOT, "device", json!({"html": "<p>", "device": "mobile", "viewport": {"width": 100}})),
        (
            SCREENSHOT,
            "clip",
            json!({"html": "<p>", "clip": {"x": 0, "y": 0, "width": 1, "height": 1}, "full_page": true}),
        ),
        (
            SCREENSHOT,
            "clip",
            json!({"html": "<p>", "clip": {"x": 0, "y": 0, "width": 1, "height": 1}, "selector": "p"}),
        ),
        (SCREENSHOT, "selector", json!({"html": "<p>", "selector": "p", "full_page": true})),
        (SCREENSHOT, "omit_background", json!({"html": "<p>", "omit_background": true, "format": "jpeg"})),
        (SCREENSHOT, "headers", json!({"html": "<p>", "headers": {"X-A": "b"}})),
        (PDF, "basic_auth", json!({"html": "<p>", "basic_auth": {"username": "a", "password": "b"}})),
        (SCREENSHOT, "headers.x-a", json!({"url": "https://example.com/", "headers": {"X-A": "b", "x-a": "c"}})),
        (SCREENSHOT, "delay_ms", json!({"html": "<p>", "delay_ms": 5000, "timeout_ms": 5000})),
        (SCREENSHOT, "cache_ttl_s", json!({"html": "<p>", "cache_ttl_s": 60})),
        (SCREENSHOT, "file_url", json!({"html": "<p>", "file_url": true})),
        (PDF, "margin", json!({"html": "<p>", "margin": {"top": "150mm", "bottom": "150mm"}})),
        ("/v1/bulk", "jobs", json!({})),
        ("/v1/bulk", "jobs", json!({"jobs": null})),
        ("/v1/bulk", "jobs", json!({"jobs": []})),
        ("/v1/bulk", "jobs", json!({"jobs": vec![job.clone(); 21]})),
        ("/v1/bulk", "jobs", json!({"jobs": {"0": job.clone()}})),
        ("/v1/bulk", "jobs[7].format", json!({"jobs": with_one_bad})),
        ("/v1/bulk", "jobs[0]", json!({"jobs": [null]})),
        ("/v1/bulk", "jobs[0].type", json!({"jobs": [{"html": "<p>"}]})),
        ("/v1/bulk", "jobs[0].type", json!({"jobs": [{"type": "bulk", "jobs": [job.clone()]}]})),
        ("/v1/bulk", "jobs[0].jobs", json!({"jobs": [{"type": "pdf", "html": "<p>", "jobs": [job]}]})),
    ]
}

/// Bodies that are not JSON, or are too large or too deep: the status.
fn invalid_texts() -> Vec<(u16, Vec<u8>)> {
    let text = |text: &str| text.as_bytes().to_vec();
    let huge_name = format!("{{\"html\": \"<p>\", \"{}\": 1}}", "k".repeat(1024 * 1024));
    vec![
        (400, text("")),
        (400, text("{")),
        (400, text("{\"html\": \"<p>\",}")),
        (400, text("{\"html\": \"<p>\"} {}")),
        (400, text("{'html': '<p>'}")),
        (400, text("{\"html\": \"<p>\", \"html\": \"<p>\"}")),
        (400, text("{\"html\": \"<p>\", \"viewport\": {\"width\": 1, \"width\": 1}}")),
        (400, text("{\"html\": \"<p>\", \"quality\": NaN}")),
        (400, text("{\"html\": \"<p>\", \"quality\": Infinity}")),
        (400, text("{\"html\": \"<p>\", \"quality\": 1e999}")),
        (400, text("{\"html\": \"<p>\", \"quality\": 085}")),
        (400, text("{\"html\": \"\\ud800\"}")),
        (400, text("{\"\\udc00\": \"<p>\"}")),
        (400, text("{\"html\": \"\n\"}")),
        (400, text("<xml/>")),
        (400, b"{\"html\": \"\xff\xfe\"}".to_vec()),
        (400, "{\"html\": \"<p>\"}".encode_utf16().flat_map(u16::to_le_bytes).collect()),
        (400, "[".repeat(1024 * 1024).into_bytes()),
        (400, "{\"viewport\":".repeat(100_000).into_bytes()),
        (422, text("{\"html\": \"<p>\", \"quality\": 9223372036854775808}")),
        (422, text("{\"html\": \"<p>\", \"quality\": 18446744073709551616}")),
        (422, text("{\"html\": \"<p>\", \"quality\": -0}")),
        (422, huge_name.into_bytes()),
        (422, text("{\"html\": \"\\u0000\"}")),
        (413, json!({"html": "x".repeat(5 * 1024 * 1024 + 1)}).to_string().into_bytes()),
    ]
}

async fn assert_nothing_happened(service: &Service) {
    assert_eq!(service.scalar("select count(*) from ledger where kind = 'debit'").await, 0);
    assert_eq!(service.scalar("select count(*) from job").await, 0);
    assert_eq!(service.scalar("select sum(balance)::bigint from account").await, 5);
}

/// Checks what holds for every error, and returns its fields.
fn fields(response: &ApiResponse, sent: &str) -> Vec<String> {
    let text = String::from_utf8_lossy(&response.bytes).to_lowercase();
    for words in LIBRARY_WORDS {
        assert!(!text.contains(words), "{sent}: {text} contains {words}");
    }
    let problem = response.json();
    assert_eq!(problem["detail"]["request_id"], response.header("x-request-id"), "{sent}");
    let errors = problem["detail"]["errors"].as_array().cloned().unwrap_or_default();
    errors.iter().map(|error| error["field"].as_str().expect("a field").to_owned()).collect()
}

async fn post_text(service: &Service, key: &str, path: &str, text: Vec<u8>) -> ApiResponse {
    service
        .send(|http, url| {
            let request = http.post(format!("{url}{path}")).header("X-API-Key", key);
            request.header("Content-Type", "application/json").body(text)
        })
        .await
}

#[tokio::test]
async fn an_invalid_value_of_a_field_is_rejected_and_nothing_is_debited() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;

        for (path, field, values) in invalid_values() {
            for value in values {
                let name = field.split(['.', '[']).next().expect("a name");
                let mut body = json!({name: value});
                match name {
                    "url" => {}
                    "headers" | "cookies" | "basic_auth" => body["url"] = json!("https://example.com/"),
                    _ => body["html"] = json!("<p>"),
                }
                let response = service.post(&key, path, &body).await;

                let shown: String = body.to_string().chars().take(200).collect();
                assert_eq!(response.status, 422, "{path} {shown}: {}", response.json());
                assert_eq!(response.json()["error"]["code"], "VALIDATION_ERROR", "{path} {shown}");
                assert_eq!(fields(&response, &shown), [field], "{path} {shown}: {}", response.json());
            }
        }
        assert_nothing_happened(service).await;
    })
    .await;
}

#[tokio::test]
async fn an_invalid_body_is_rejected_and_nothing_is_debited() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;

        for (path, field, body) in invalid_bodies() {
            let response = service.post(&key, path, &body).await;

            let shown: String = body.to_string().chars().take(200).collect();
            assert_eq!(response.status, 422, "{path} {shown}: {}", response.json());
            assert_eq!(fields(&response, &shown), [field], "{path} {shown}: {}", response.json());
        }
        for (status, text) in invalid_texts() {
            let shown = String::from_utf8_lossy(text.get(..100).unwrap_or(&text)).into_owned();
            let response = post_text(service, &key, SCREENSHOT, text).await;

            assert_eq!(response.status, status, "{shown}: {}", response.json());
            fields(&response, &shown);
        }
        assert_nothing_happened(service).await;
    })
    .await;
}

#[tokio::test]
async fn a_media_type_other_than_json_is_rejected() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;

        for (content_type, encoding) in [
            ("text/plain", None),
            ("application/x-www-form-urlencoded", None),
            ("multipart/form-data; boundary=x", None),
            ("application/jsonp", None),
            ("", None),
            ("application/json", Some("gzip")),
            ("application/json; charset=utf-8", Some("br")),
        ] {
            let response = service
                .send(|http, url| {
                    let request = http.post(format!("{url}/v1/pdf")).header("X-API-Key", &key);
                    let request = request.header("Content-Type", content_type).body("{\"html\": \"<p>\"}");
                    encoding.into_iter().fold(request, |request, encoding| request.header("Content-Encoding", encoding))
                })
                .await;

            assert_eq!(response.status, 415, "{content_type}: {}", response.json());
            fields(&response, content_type);
        }
        assert_nothing_happened(service).await;
    })
    .await;
}

#[tokio::test]
async fn an_invalid_parameter_is_rejected_in_our_words() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let id = uuid::Uuid::now_v7();

        for (query, field) in [
            ("wait_s=61", "wait_s"),
            ("wait_s=-1", "wait_s"),
            ("wait_s=1.5", "wait_s"),
            ("wait_s=", "wait_s"),
            ("wait_s", "wait_s"),
            ("wait_s=abc", "wait_s"),
            ("wait_s=%2B5", "wait_s"),
            ("wait_s=-0", "wait_s"),
            ("wait_s=99999999999999999999999", "wait_s"),
            ("wait_s=1&wait_s=2", "wait_s"),
            ("wait_s=%00", "wait_s"),
            ("wait_s=%ff", "wait_s"),
            ("wait=1", "wait"),
            ("%ff=1", "%ff"),
        ] {
            let response = service.get(&key, &format!("/v1/jobs/{id}?{query}")).await;

            assert_eq!(response.status, 422, "{query}: {}", response.json());
            assert_eq!(fields(&response, query), [field], "{query}");
        }
        let response = service.get(&key, &format!("/v1/jobs/{id}?wait_s=x&wiat_s=1")).await;
        assert_eq!(fields(&response, "two"), ["wait_s", "wiat_s"]);
        let message = "unknown query parameter; did you mean `wait_s`?";
        assert_eq!(response.json()["detail"]["errors"][1]["message"], message);
        assert_eq!(service.get(&key, &format!("/v1/jobs/{id}?wait_s=007")).await.status, 404);
        for id in ["x", "%00", "%ff", "%F0%9F%92%A9", "00000000-0000-0000-0000-00000000000g"] {
            assert_eq!(service.get(&key, &format!("/v1/jobs/{id}")).await.status, 404, "{id}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_idempotency_key_that_cannot_be_stored_is_rejected() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let long = "k".repeat(256);

        for (values, what) in [
            (vec![""], "empty"),
            (vec![&long], "long"),
            (vec!["\u{fc}"], "not ASCII"),
            (vec!["a", "b"], "two"),
            (vec!["a", "a"], "twice"),
        ] {
            let body = json!({"html": "<p>", "async_mode": true});
            let response = service
                .send(|http, url| {
                    let request = http.post(format!("{url}/v1/pdf")).header("X-API-Key", &key).json(&body);
                    values.into_iter().fold(request, |request, value| request.header("Idempotency-Key", value))
                })
                .await;

            assert_eq!(response.status, 422, "{what}: {}", response.json());
            assert_eq!(fields(&response, what), ["Idempotency-Key"], "{what}");
        }
        assert_nothing_happened(service).await;
    })
    .await;
}

#[tokio::test]
async fn a_method_that_a_path_does_not_support_is_rejected() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;

        for (method, path) in [
            ("TRACE", "/v1/screenshot"),
            ("PUT", "/v1/screenshot"),
            ("PATCH", "/v1/pdf"),
            ("DELETE", "/v1/bulk"),
            ("GET", "/v1/bulk"),
            ("POST", "/v1/balance"),
            ("BREW", "/v1/balance"),
        ] {
            let method = method.parse::<reqwest::Method>().expect("a method");
            let request = |http: &reqwest::Client, url: &str| {
                let request = http.request(method.clone(), format!("{url}{path}")).header("X-API-Key", &key);
                request.header("X-HTTP-Method-Override", "POST").header("Content-Type", "application/json").body("{}")
            };
            let response = service.send(request).await;

            assert_eq!(response.status, 405, "{method} {path}");
            assert!(!response.header("allow").is_empty(), "{method} {path}");
            fields(&response, path);
        }
        assert_nothing_happened(service).await;
    })
    .await;
}

/// Damaged copies of a valid body: cut at, without, and with another byte in each of many places.
fn damaged_texts() -> Vec<Vec<u8>> {
    let valid = json!({
        "html": "<p>", "format": "png", "quality": 85, "viewport": {"width": 5, "device_scale_factor": 1.5},
        "wait_for": "load", "full_page": true, "async_mode": true, "nope": ["x", {"y": null}],
    });
    let valid = valid.to_string().into_bytes();
    let mut texts = Vec::new();
    for place in (0..valid.len()).step_by(3) {
        let (before, after) = valid.split_at(place);
        texts.push(before.to_vec());
        texts.push([before, after.get(1..).unwrap_or_default()].concat());
        for byte in [b'"', b'}', b'\\', b'9', 0, 0xff] {
            texts.push([before, &[byte], after.get(1..).unwrap_or_default()].concat());
        }
    }
    texts
}

#[tokio::test]
async fn a_damaged_body_is_rejected_in_our_words() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let texts = damaged_texts();
        assert!(texts.len() > 400, "{}", texts.len());

        for text in texts {
            let shown = String::from_utf8_lossy(&text).into_owned();
            let response = post_text(service, &key, SCREENSHOT, text).await;

            assert!(matches!(response.status, 400 | 422), "{shown}: {}", response.json());
            fields(&response, &shown);
        }
        assert_nothing_happened(service).await;
    })
    .await;
}

#[tokio::test]
async fn no_error_repeats_more_than_64_characters_of_a_request() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let canary = "k".repeat(65);
        let (id, mut responses) = (uuid::Uuid::now_v7(), Vec::new());

        for path in [SCREENSHOT, PDF, "/v1/bulk"] {
            for body in [
                json!(&canary),
                json!({&canary: 1}),
                json!({"html": "<p>", &canary: 1}),
                json!({"html": "<p>", "format": &canary}),
                json!({"html": "<p>", "quality": &canary, "full_page": &canary}),
                json!({"html": "<p>", "viewport": {&canary: 1}}),
                json!({"html": "<p>", "margin": {"top": &canary}}),
                json!({"html": "<p>", "wait_for": canary.repeat(20)}),
                json!({"html": "<p>", "timeout_fallback_to": &canary}),
                json!({"html": "<p>", "base_url": &canary}),
                json!({"url": &canary}),
                json!({"url": format!("http://{canary}:99999/")}),
                json!({"url": format!("http://{canary}.localhost/")}),
                json!({"url": format!("http://u:{canary}@example.com/")}),
                json!({"jobs": &canary}),
                json!({"jobs": [{"type": &canary}]}),
                json!({"jobs": [{"type": "pdf", "html": "<p>", &canary: 1}]}),
            ] {
                responses.push(service.post(&key, path, &body).await);
            }
        }
        let repeated = format!("{{\"{canary}\": 1, \"{canary}\": 1}}");
        responses.push(post_text(service, &key, PDF, repeated.into_bytes()).await);
        responses.push(post_text(service, &key, PDF, canary.clone().into_bytes()).await);
        for path in [
            format!("/{canary}"),
            format!("/v1/{canary}"),
            format!("/v1/jobs/{canary}"),
            format!("/v1/jobs/{canary}/result"),
            format!("/v1/jobs/{id}?{canary}=1"),
            format!("/v1/jobs/{id}?wait_s={canary}"),
            format!("/v1/jobs/{id}?%ff{canary}=1"),
        ] {
            responses.push(service.get(&key, &path).await);
        }
        for (name, value) in [
            ("X-API-Key", canary.clone()),
            ("Authorization", format!("Bearer {canary}")),
            ("Authorization", canary.clone()),
            ("Content-Type", canary.clone()),
            ("Content-Encoding", canary.clone()),
            ("Idempotency-Key", canary.repeat(5)),
        ] {
            let send = |http: &reqwest::Client, url: &str| {
                let mut headers = reqwest::header::HeaderMap::new();
                headers.insert("X-API-Key", key.parse().expect("a header"));
                headers.insert("Content-Type", "application/json".parse().expect("a header"));
                if name == "Authorization" {
                    headers.remove("X-API-Key");
                }
                let name: reqwest::header::HeaderName = name.parse().expect("a name");
                headers.insert(name, value.parse().expect("a header"));
                http.post(format!("{url}/v1/pdf")).headers(headers).body("{\"html\": \"<p>\"}")
            };
            responses.push(service.send(send).await);
        }
        let method = canary.to_uppercase().parse::<reqwest::Method>().expect("a method");
        responses.push(service.send(|http, url| http.request(method, format!("{url}/v1/pdf"))).await);

        for response in responses {
            let text = String::from_utf8_lossy(&response.bytes).to_lowercase();
            assert!((400..500).contains(&response.status), "{}: {text}", response.status);
            assert!(!text.contains(&canary), "{text}");
            assert!(
                response.headers.values().all(|value| !value.as_bytes().windows(65).any(|v| v == canary.as_bytes()))
            );
        }
        assert_nothing_happened(service).await;
    })
    .await;
}
