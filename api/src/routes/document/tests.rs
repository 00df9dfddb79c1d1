mod reference;

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::openapi::document::ApiDocument;

static DOCUMENT: LazyLock<ApiDocument> = LazyLock::new(super::document);

fn errors(schema: &str, value: &Value) -> Vec<(String, String)> {
    DOCUMENT.validate(schema, value.clone()).errors.into_iter().map(|error| (error.field, error.message)).collect()
}

fn error(schema: &str, value: &Value) -> (String, String) {
    let mut errors = errors(schema, value);
    assert_eq!(errors.len(), 1, "{value}: {errors:?}");
    errors.remove(0)
}

#[test]
fn a_path_supports_the_methods_of_its_operations() {
    let allowed = |path| DOCUMENT.allowed_methods(path);

    assert_eq!(allowed("/v1/screenshot").as_deref(), Some("POST"));
    assert_eq!(allowed("/v1/jobs/0198f2c1/result").as_deref(), Some("GET"));
    assert_eq!(allowed("/v1/nothing"), None);
}

#[test]
fn client_generators_can_read_the_document() {
    let text = DOCUMENT.to_json();

    assert!(!text.contains("charset"), "media types have no parameters");
    assert!(!text.contains("uint"), "formats are defined by OpenAPI");
    let quality = &DOCUMENT.value()["components"]["schemas"]["ScreenshotRequest"]["properties"]["quality"];
    assert!(quality["minimum"].is_u64() && quality["maximum"].is_u64(), "bounds of integers are integers: {quality}");
}

#[test]
fn every_operation_documents_the_errors_of_authentication() {
    let paths = DOCUMENT.value()["paths"].as_object().expect("paths");
    let operations = paths.iter().flat_map(|(path, item)| {
        item.as_object().expect("operations").iter().map(move |(method, operation)| (path, method, operation))
    });
    for (path, method, operation) in operations {
        for (status, code) in [
            ("400", "AMBIGUOUS_CREDENTIALS"),
            ("401", "INVALID_API_KEY"),
            ("403", "INSUFFICIENT_SCOPE"),
            ("429", "RATE_LIMIT_EXCEEDED"),
            ("503", "DATABASE_UNAVAILABLE"),
        ] {
            let description = operation["responses"][status]["description"].as_str().unwrap_or_default();
            assert!(description.contains(code), "{method} {path}: {status} {description}");
        }
    }
}

#[test]
fn every_object_in_a_request_rejects_unknown_fields() {
    let schemas = DOCUMENT.value()["components"]["schemas"].as_object().expect("schemas");
    let closed: Vec<_> =
        schemas.iter().filter(|(_, schema)| schema["additionalProperties"] == false).map(|(name, _)| name).collect();

    let expected = [
        "BasicAuth",
        "BulkRequest",
        "Clip",
        "Cookie",
        "Geolocation",
        "Margin",
        "PdfJob",
        "PdfRequest",
        "ScreenshotJob",
        "ScreenshotRequest",
        "Viewport",
    ];
    assert_eq!(closed, expected);
}

#[test]
fn the_validator_enforces_every_keyword_of_a_request_schema() {
    assert_eq!(DOCUMENT.unenforced_keywords(), [""; 0]);
}

#[test]
fn a_body_with_every_field_is_valid() {
    let screenshot = json!({
        "url": "https://example.com", "format": "jpg", "quality": 1, "full_page": true, "delay_ms": 10000,
        "viewport": {"width": 3840, "height": 2160, "device_scale_factor": 3}, "wait_for": "#ready", "async": true,
        "timeout_ms": 60000, "timeout_fallback_to": "networkidle", "scroll": true,
    });
    let pdf = json!({
        "html": "<p>", "format": "Letter", "orientation": "landscape", "margin": {"top": "0"}, "print_background": false,
    });

    assert_eq!(errors("ScreenshotRequest", &screenshot), []);
    assert_eq!(errors("PdfRequest", &pdf), []);
    assert_eq!(errors("ScreenshotRequest", &json!({})), []);
}

#[test]
fn all_errors_are_reported_at_once() {
    let body = json!({"quality": 0, "viewport": {"width": 0, "height": 2161}, "full_page": "true", "delay_ms": -1});

    let fields: Vec<_> = errors("ScreenshotRequest", &body).into_iter().map(|(field, _)| field).collect();

    assert_eq!(fields, ["quality", "viewport.width", "viewport.height", "full_page", "delay_ms"]);
}

#[test]
fn the_nearest_name_is_suggested_for_a_misspelled_field() {
    let (field, message) = error("ScreenshotRequest", &json!({"viewport": {"widht": 3}}));

    assert_eq!((field.as_str(), message.as_str()), ("viewport.widht", "unknown field; did you mean `width`?"));
}

#[test]
fn an_unsupported_option_of_the_contract_is_rejected_as_such() {
    for name in ["cache_ttl_s", "file_url", "webhook_url"] {
        let (field, message) = error("ScreenshotRequest", &json!({name: 1}));

        assert_eq!((field.as_str(), message.as_str()), (name, "is not supported yet"));
    }
}

#[test]
fn a_value_of_the_wrong_type_is_rejected() {
    for (field, value) in [
        ("url", json!(1)),
        ("quality", json!(85.5)),
        ("quality", json!("85")),
        ("full_page", json!(1)),
        ("viewport", json!([])),
        ("html", json!("a\0b")),
        ("format", json!("gif")),
        ("timeout_fallback_to", json!("#ready")),
        ("scroll", json!("through")),
        ("delay_ms", json!(1e12)),
    ] {
        assert_eq!(error("ScreenshotRequest", &json!({field: value})).0, field, "{value}");
    }
    for body in [json!([]), json!("x"), json!(null)] {
        assert_eq!(error("ScreenshotRequest", &body).0, "body", "{body}");
    }
}

#[test]
fn the_message_names_the_expected_and_the_actual_type() {
    for (field, value, message) in [
        ("html", json!(5), "must be a string, not the number 5"),
        ("full_page", json!(1), "must be `true` or `false`, not the number 1"),
        ("quality", json!(85.5), "must be an integer, not the number 85.5"),
        ("viewport", json!("x"), "must be an object, not the string `x`"),
    ] {
        assert_eq!(error("ScreenshotRequest", &json!({field: value})).1, message);
    }
}

#[test]
fn an_error_in_a_batch_names_the_index_of_the_job() {
    let jobs = json!({"jobs": [
        {"type": "pdf", "html": "x"},
        {"type": "screenshot", "html": "x", "viewport": {"width": 9999}},
        {"type": "video"},
        {"html": "x"},
        {"type": "pdf", "html": "x", "quality": 3},
    ]});

    let fields: Vec<_> = errors("BulkRequest", &jobs).into_iter().map(|(field, _)| field).collect();

    assert_eq!(fields, ["jobs[1].viewport.width", "jobs[2].type", "jobs[3].type", "jobs[4].quality"]);
}

#[test]
fn a_batch_has_1_to_20_jobs() {
    for count in [0, 21] {
        let jobs = vec![json!({"type": "pdf", "html": "x"}); count];

        assert_eq!(error("BulkRequest", &json!({"jobs": jobs})).0, "jobs", "{count}");
    }
    assert_eq!(error("BulkRequest", &json!({})).0, "jobs");
}

#[test]
fn the_document_shows_no_alias() {
    let text = DOCUMENT.to_json();

    for alias in ["\"jpg\"", "\"domcontentloaded\"", "\"networkidle\"", "\"async\""] {
        assert!(!text.contains(alias), "{alias}");
    }
}
