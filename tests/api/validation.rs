//! Invalid input: the error names the field and how to fix it, and nothing is debited.

use harness::{Service, TEST_TIMEOUT, with_service};
use serde_json::{Value, json};
use tokio::time::timeout;

async fn refused(service: &Service, key: &str, path: &str, body: &Value) -> (u16, String, String) {
    let response = service.post(key, path, body).await;
    let problem = response.json();
    assert_eq!(problem["detail"]["request_id"], response.header("x-request-id"), "{body}");
    assert_eq!(problem["error"]["code"], problem["detail"]["code"]);
    let field = problem["detail"]["errors"][0]["field"].as_str().unwrap_or_default().to_owned();
    (response.status, problem["detail"]["code"].as_str().unwrap_or_default().to_owned(), field)
}

#[tokio::test]
async fn an_invalid_field_is_named() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;

        for (field, body) in [
            ("url", json!({})),
            ("url", json!({"url": "example.com"})),
            ("url", json!({"url": "file:///etc/passwd"})),
            ("url", json!({"url": "http://user:secret@example.com/"})),
            ("url", json!({"url": ""})),
            ("url", json!({"url": 5})),
            ("html", json!({"url": "https://example.com/", "html": "<p>"})),
            ("html", json!({"html": "  "})),
            ("html", json!({"html": "a\u{0}b"})),
            ("format", json!({"html": "<p>", "format": "gif"})),
            ("quality", json!({"html": "<p>", "quality": 101})),
            ("viewport.height", json!({"html": "<p>", "viewport": {"height": 2161}})),
            ("viewport.device_scale_factor", json!({"html": "<p>", "viewport": {"device_scale_factor": 3.01}})),
            ("full_page", json!({"html": "<p>", "full_page": "yes"})),
            ("delay_ms", json!({"html": "<p>", "delay_ms": 10001})),
            ("delay_ms", json!({"html": "<p>", "delay_ms": 5001, "timeout_ms": 5000})),
            ("timeout_ms", json!({"html": "<p>", "timeout_ms": 999})),
            ("timeout_ms", json!({"html": "<p>", "timeout_ms": 60001})),
            ("timeout_ms", json!({"html": "<p>", "timeout_ms": "5s"})),
            ("timeout_fallback_to", json!({"html": "<p>", "timeout_fallback_to": "#ready"})),
            ("scroll", json!({"html": "<p>", "scroll": "yes"})),
            ("wait_for", json!({"html": "<p>", "wait_for": ""})),
            ("wait_for", json!({"html": "<p>", "wait_for": "networkidle0"})),
            ("wait_for", json!({"html": "<p>", "wait_for": "DOMContentLoaded"})),
            ("timeout_fallback_to", json!({"html": "<p>", "timeout_fallback_to": "networkidle0"})),
            ("async", json!({"html": "<p>", "async": true, "async_mode": false})),
            ("timezone", json!({"html": "<p>", "timezone": "Europe/Pari"})),
            ("selektor", json!({"html": "<p>", "selektor": "p"})),
            ("body", json!([])),
        ] {
            let found = refused(service, &key, "/v1/screenshot", &body).await;

            assert_eq!(found, (422, "VALIDATION_ERROR".to_owned(), field.to_owned()), "{body}");
        }
        for (field, body) in [
            ("format", json!({"html": "<p>", "format": "a4"})),
            ("orientation", json!({"html": "<p>", "orientation": "sideways"})),
            ("margin.top", json!({"html": "<p>", "margin": {"top": "8.5in;rm"}})),
            ("margin.bottom", json!({"html": "<p>", "margin": {"bottom": 3}})),
            ("margin", json!({"html": "<p>", "margin": {"top": "150mm", "bottom": "150mm"}})),
            ("margin", json!({"html": "<p>", "orientation": "landscape", "margin": {"left": "297mm"}})),
            ("format", json!({"html": "<p>", "format": "webp"})),
            ("delay_ms", json!({"html": "<p>", "delay_ms": 1001, "timeout_ms": 1000})),
            ("timeout_fallback_to", json!({"html": "<p>", "timeout_fallback_to": ""})),
            ("scale", json!({"html": "<p>", "scale": 3.0})),
            ("viewport", json!({"html": "<p>", "viewport": {"width": 3}})),
        ] {
            let found = refused(service, &key, "/v1/pdf", &body).await;

            assert_eq!(found, (422, "VALIDATION_ERROR".to_owned(), field.to_owned()), "{body}");
        }
        assert_eq!(service.scalar("select count(*) from ledger where kind = 'debit'").await, 0);
    })
    .await;
}

#[tokio::test]
async fn every_option_reaches_the_worker() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let waiting = json!({
            "html": "<p>", "async": true, "wait_for": "#ready", "delay_ms": 999, "timeout_ms": 1000,
            "timeout_fallback_to": "domcontentloaded", "scroll": true,
        });
        let mut picture = waiting.clone();
        (picture["format"], picture["quality"]) = (json!("webp"), json!(7));

        for (path, body, format) in [("/v1/pdf", &waiting, "A4"), ("/v1/screenshot", &picture, "webp")] {
            let accepted = service.post(&key, path, body).await;
            assert_eq!(accepted.status, 202, "{:?}", accepted.json());
            let id = accepted.header("x-job-id").parse().expect("an id");
            let job = domain::job::show(&service.db, id).await.expect("the call succeeds").expect("a job");

            let Value::Object(mut options) = job.options else { panic!("{:?}", job.options) };
            let output = options.remove("output").expect("a file to make");
            let asked = json!({
                "page": "html", "wait_for": {"selector": "#ready"}, "timeout_fallback_to": "dom_content_loaded",
                "delay_ms": 999, "scroll": "through", "timeout_ms": 1000,
            });
            assert_eq!((Value::Object(options), job.format), (asked, format));
            if path == "/v1/screenshot" {
                assert_eq!(output["screenshot"]["format"], json!({"webp": {"quality": 7}}));
            }
        }
        assert_eq!(service.scalar("select count(*) from queue where budget_ms = 1000").await, 2);
    })
    .await;
}

#[tokio::test]
async fn the_number_of_reported_errors_is_limited() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let flood: serde_json::Map<_, _> = (0..10_000).map(|field| (format!("field{field}"), json!(1))).collect();

        let response = service.post(&key, "/v1/pdf", &Value::Object(flood)).await;

        assert_eq!((response.status, response.json()["detail"]["errors"].as_array().map(Vec::len)), (422, Some(50)));
    })
    .await;
}

#[tokio::test]
async fn the_api_is_not_ready_without_the_schema() {
    with_service(async |service| {
        service.execute("alter table setting rename to hidden").await;
        let hidden = service.get("", "/health/ready").await;
        service.execute("alter table hidden rename to setting").await;

        assert_eq!((hidden.status, &hidden.json()["detail"]["code"]), (503, &json!("DATABASE_UNAVAILABLE")));
        assert_eq!(service.get("", "/health/live").await.status, 200);
        // A failure is known for a moment.
        let ready = async { while service.get("", "/health/ready").await.status != 200 {} };
        timeout(TEST_TIMEOUT, ready).await.expect("it is ready again");
    })
    .await;
}

#[tokio::test]
async fn an_error_says_how_to_fix_it() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;

        let response = service.post(&key, "/v1/screenshot", &json!({"html": "<p>", "fullpage": true})).await;

        let problem = response.json();
        let message = "unknown field; did you mean `full_page`?";
        assert_eq!(problem["detail"]["errors"], json!([{"field": "fullpage", "message": message}]));
        assert_eq!(problem["detail"]["message"], format!("`fullpage` {message}"));
    })
    .await;
}

#[tokio::test]
async fn a_milestone_of_another_library_is_rejected_with_the_nearest_one() {
    with_service(async |service| {
        let key = service.account("ada", 10).await;

        for (token, nearest) in [
            ("networkidle0", "network_idle"),
            ("DOMContentLoaded", "dom_content_loaded"),
            ("complete", "load"),
            ("Commit", "commit"),
        ] {
            for field in ["wait_for", "timeout_fallback_to"] {
                for path in ["/v1/pdf", "/v1/screenshot"] {
                    let response = service.post(&key, path, &json!({"html": "<p>", field: token})).await;

                    let error = &response.json()["detail"]["errors"][0];
                    let message = error["message"].as_str().expect("a message");
                    assert_eq!((response.status, &error["field"]), (422, &json!(field)), "{token}");
                    assert!(message.ends_with(&format!("did you mean `{nearest}`?")), "{field}: {token}: {message}");
                }
            }
        }
        assert_eq!(service.scalar("select count(*) from ledger where kind = 'debit'").await, 0);
        for accepted in ["main", "h2", "my-element", ".load", "networkidle", "domcontentloaded"] {
            let body = json!({"html": "<p>", "wait_for": accepted, "async": true});
            assert_eq!(service.post(&key, "/v1/pdf", &body).await.status, 202, "{accepted}");
        }
    })
    .await;
}

#[tokio::test]
async fn unknown_paths_and_methods_get_the_same_error_format() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let post = |body: &'static str, content_type: &'static str| {
            let key = key.clone();
            service.send(move |http, url| {
                let request = http.post(format!("{url}/v1/screenshot")).header("X-API-Key", key);
                request.header("Content-Type", content_type).body(body)
            })
        };

        let responses = [
            (400, "MALFORMED_JSON", post("{\"html\": \"<p>\",", "application/json").await),
            (415, "UNSUPPORTED_MEDIA_TYPE", post("html=x", "application/x-www-form-urlencoded").await),
            (404, "NOT_FOUND", service.get(&key, "/v1/nothing").await),
            (404, "NOT_FOUND", service.get(&key, "/nothing").await),
            (405, "METHOD_NOT_ALLOWED", service.get(&key, "/v1/screenshot").await),
        ];

        for (status, code, response) in responses {
            let problem = response.json();
            assert_eq!((response.status, &problem["detail"]["code"]), (status, &json!(code)), "{problem}");
            assert_eq!(problem["detail"]["request_id"], response.header("x-request-id"));
            assert_eq!(response.header("content-type"), "application/json");
        }
        assert_eq!(service.get(&key, "/v1/screenshot").await.header("allow"), "POST");
        assert_eq!(service.get(&key, "/v1/jobs/%FF").await.json()["detail"]["code"], "JOB_NOT_FOUND");
        assert_eq!(service.get(&key, "/v1/balance?wait_s=3").await.json()["detail"]["errors"][0]["field"], "wait_s");
    })
    .await;
}

#[tokio::test]
async fn a_body_over_the_limit_is_rejected() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;

        for bytes in [5 * 1024 * 1024 + 1, 7 * 1024 * 1024] {
            let body = json!({"html": "x".repeat(bytes), "async": true});
            let (status, code, _) = refused(service, &key, "/v1/pdf", &body).await;

            assert_eq!((status, code.as_str()), (413, "PAYLOAD_TOO_LARGE"), "{bytes}");
        }
        let largest = json!({"html": "x".repeat(5 * 1024 * 1024), "async": true});
        assert_eq!(service.post(&key, "/v1/pdf", &largest).await.status, 202);
    })
    .await;
}

#[tokio::test]
async fn the_openapi_document_and_its_page_need_no_key_and_no_internet() {
    with_service(async |service| {
        let (json, yaml, page) = (
            service.get("", "/openapi.json").await,
            service.get("", "/openapi.yaml").await,
            service.get("", "/docs").await,
        );

        assert_eq!((json.status, yaml.status, page.status), (200, 200, 200));
        assert!(json.json()["paths"]["/v1/screenshot"]["post"].is_object());
        assert!(String::from_utf8_lossy(&yaml.bytes).contains("operationId: createScreenshot"));
        let html = String::from_utf8_lossy(&page.bytes);
        assert!(html.contains("swagger-ui") && html.contains("\"openapi\": \"3.0.3\""));
        assert!(!html.contains("src=\"http") && !html.contains("href=\"http"), "every asset is local");
        assert_eq!(service.get("", "/health/live").await.status, 200);
        assert_eq!(service.get("", "/health/ready").await.status, 200);
        let head = service.send(|http, url| http.head(format!("{url}/health/ready"))).await;
        assert_eq!(head.status, 200);
    })
    .await;
}

async fn errors(service: &Service, key: &str, path: &str, body: &Value) -> Vec<(String, String)> {
    let response = service.post(key, path, body).await;
    assert_eq!(response.status, 422, "{body}: {}", response.json());
    let text = |error: &Value, name: &str| error[name].as_str().expect("text").to_owned();
    let problem = response.json();
    let errors = problem["detail"]["errors"].as_array().expect("errors");
    errors.iter().map(|error| (text(error, "field"), text(error, "message"))).collect()
}

#[tokio::test]
async fn the_errors_of_the_schema_and_those_of_the_conversion_are_reported_together() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let fields = async |path: &str, body: Value| {
            let errors = errors(service, &key, path, &body).await;
            errors.into_iter().map(|(field, _)| field).collect::<Vec<_>>()
        };

        let everything = json!({
            "url": "example.com", "format": "gif", "full_pgae": true, "viewport": {"width": 0, "hegiht": 5},
            "wait_for": "networkidle0", "delay_ms": 6000, "timeout_ms": 5000, "async": true, "async_mode": false,
        });
        let expected =
            ["format", "full_pgae", "viewport.width", "viewport.hegiht", "async", "url", "wait_for", "delay_ms"];
        assert_eq!(fields("/v1/screenshot", everything).await, expected);
        let jobs = json!({"jobs": [
            {"type": "pdf", "html": "<p>", "margin": {"top": "1 parsec", "left": 3}},
            {"type": "pdf", "html": "<p>"},
            {"type": "screenshot", "html": "", "quality": "85"},
            {"type": "screenshot", "url": "http://127.0.0.1/"},
        ]});
        let expected = ["jobs[0].margin.left", "jobs[2].quality", "jobs[0].margin.top", "jobs[2].html", "jobs[3].url"];
        assert_eq!(fields("/v1/bulk", jobs).await, expected);
        let blocked = json!({"url": "http://127.0.0.1/", "quality": 0});
        assert_eq!(fields("/v1/screenshot", blocked).await, ["quality", "url"]);
    })
    .await;
}

#[tokio::test]
async fn an_error_that_follows_from_another_one_is_not_reported() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;

        for (body, field) in [
            (json!({"url": 5}), "url"),
            (json!({"html": 5}), "html"),
            (json!({"ulr": "https://example.com/"}), "ulr"),
            (json!({"HTML": "<p>"}), "HTML"),
            (json!({"html": "<p>", "delay_ms": 9000, "timeout_ms": "8s"}), "timeout_ms"),
            (json!({"html": "<p>", "wait_for": 5}), "wait_for"),
        ] {
            let errors = errors(service, &key, "/v1/screenshot", &body).await;

            assert_eq!(errors.len(), 1, "{errors:?}");
            assert_eq!(errors[0].0, field);
        }
    })
    .await;
}

#[tokio::test]
async fn an_error_names_what_was_sent_what_is_allowed_and_the_nearest_name() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;

        for (field, value, message) in [
            ("full_pgae", json!(true), "unknown field; did you mean `full_page`?"),
            ("fullPage", json!(true), "unknown field; did you mean `full_page`?"),
            ("veiwport", json!({}), "unknown field; did you mean `viewport`?"),
            ("viewport_width", json!(5), "unknown field; did you mean `viewport.width`?"),
            ("width", json!(5), "unknown field; did you mean `viewport.width`?"),
            ("format", json!("pgn"), "must be one of `png`, `jpeg`, `webp`, not `pgn`; did you mean `png`?"),
            ("format", json!("JPG"), "must be one of `png`, `jpeg`, `webp`, not `JPG`; did you mean `jpeg`?"),
            ("quality", json!(101), "must be between 1 and 100, not 101"),
            ("quality", json!("85"), "must be an integer, not the string `85`"),
            ("full_page", json!("\u{1b}[31myes"), "must be `true` or `false`, not the string `[31myes…`"),
            ("url", json!(null), "is required, unless `html` is sent"),
        ] {
            let errors = errors(service, &key, "/v1/screenshot", &json!({field: value})).await;

            let found = errors.iter().find(|(found, _)| found == field).expect("an error in the field");
            assert_eq!(found.1, message, "{field}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_clients_send_for_nothing_and_for_integers_is_accepted() {
    with_service(async |service| {
        let key = service.account("ada", 9).await;
        let post = async |path: &str, text: String| {
            let response = service
                .send(|http, url| {
                    let request = http.post(format!("{url}{path}")).header("X-API-Key", &key);
                    request.header("Content-Type", "application/json").body(text)
                })
                .await;
            assert_eq!(response.status, 202, "{}", response.json());
            response
        };

        let nothing = r#""url": null, "html": "<p>", "base_url": null, "format": null, "quality": null, "wait_for": null,
            "viewport": {"width": null, "height": 600.0}, "timeout_fallback_to": null, "async_mode": null"#;
        let screenshot = post("/v1/screenshot", format!("\u{feff}{{{nothing}, \"async\": true}}")).await;
        post("/v1/screenshot", r#"{"html": "<p>", "quality": 1e2, "delay_ms": -0, "format": "jpg", "async": true}"#.into()).await;
        post("/v1/screenshot", r#"{"html": "<p>", "viewport": null, "async": true, "async_mode": true}"#.into()).await;
        post("/v1/pdf", r#"{"html": "<p>", "margin": {"top": null}, "timeout_ms": 30000.0, "async": true}"#.into()).await;
        post("/v1/bulk", r#"{"jobs": [{"type": "pdf", "html": "<p>", "format": null, "delay_ms": 5.0}]}"#.into()).await;

        let id = screenshot.header("x-job-id").parse().expect("an id");
        let job = domain::job::show(&service.db, id).await.expect("the call succeeds").expect("a job");
        assert_eq!(job.options["output"]["screenshot"]["viewport"]["height"], 600, "{}", job.options);
        assert_eq!(service.scalar("select count(*) from job").await, 5);
    })
    .await;
}
