use serde_json::{Value, json};

use super::check;
use crate::document::document;

fn faults(schema: &str, value: &Value) -> Vec<(String, String)> {
    check(document(), schema, value).into_iter().map(|error| (error.field, error.message)).collect()
}

fn fault(schema: &str, value: &Value) -> (String, String) {
    let mut faults = faults(schema, value);
    assert_eq!(faults.len(), 1, "{value}: {faults:?}");
    faults.remove(0)
}

#[test]
fn a_body_that_says_everything_passes() {
    let screenshot = json!({
        "url": "https://example.com", "format": "jpg", "quality": 1, "full_page": true, "delay_ms": 10000,
        "viewport": {"width": 3840, "height": 2160, "device_scale_factor": 3}, "wait_for": "#ready", "async": true,
        "timeout_ms": 60000, "timeout_fallback_to": "networkidle", "scroll": true,
    });
    let pdf = json!({
        "html": "<p>", "format": "Letter", "orientation": "landscape", "margin": {"top": "0"}, "print_background": false,
    });

    assert_eq!(faults("ScreenshotRequest", &screenshot), []);
    assert_eq!(faults("PdfRequest", &pdf), []);
    assert_eq!(faults("ScreenshotRequest", &json!({})), []);
}

#[test]
fn every_fault_is_named_at_once() {
    let body = json!({"quality": 0, "viewport": {"width": 0, "height": 2161}, "full_page": "true", "delay_ms": -1});

    let fields: Vec<_> = faults("ScreenshotRequest", &body).into_iter().map(|(field, _)| field).collect();

    assert_eq!(fields, ["quality", "viewport.width", "viewport.height", "full_page", "delay_ms"]);
}

#[test]
fn a_misspelt_field_is_told_the_nearest_name() {
    let (field, message) = fault("ScreenshotRequest", &json!({"viewport": {"widht": 3}}));

    assert_eq!((field.as_str(), message.as_str()), ("viewport.widht", "is no known field; did you mean `width`?"));
}

#[test]
fn an_option_of_the_contract_is_refused_as_not_yet_supported() {
    let (field, message) = fault("ScreenshotRequest", &json!({"dark_mode": true}));
    assert_eq!((field.as_str(), message.as_str()), ("dark_mode", "is not supported yet: leave it out"));
}

#[test]
fn a_value_of_another_type_is_refused() {
    for (field, value) in [
        ("url", json!(1)),
        ("quality", json!(85.5)),
        ("quality", json!("85")),
        ("full_page", json!(1)),
        ("viewport", json!([])),
        ("wait_for", json!(null)),
        ("format", json!(null)),
        ("html", json!("a\0b")),
        ("format", json!("gif")),
        ("timeout_fallback_to", json!("#ready")),
        ("scroll", json!("through")),
        ("delay_ms", json!(1e12)),
    ] {
        assert_eq!(fault("ScreenshotRequest", &json!({field: value})).0, field, "{value}");
    }
    for body in [json!([]), json!("x"), json!(null)] {
        assert_eq!(fault("ScreenshotRequest", &body).0, "body", "{body}");
    }
}

#[test]
fn a_value_of_another_type_is_called_by_its_own() {
    for (field, value, message) in [
        ("html", json!(5), "must be a string, not a number"),
        ("full_page", json!(1), "must be `true` or `false`, not a number"),
        ("quality", json!(85.5), "must be a whole number, not a fraction"),
        ("viewport", json!("x"), "must be an object, not a string"),
    ] {
        assert_eq!(fault("ScreenshotRequest", &json!({field: value})).1, message);
    }
}

#[test]
fn a_fault_in_a_batch_is_named_by_its_place() {
    let jobs = json!({"jobs": [
        {"type": "pdf", "html": "x"},
        {"type": "screenshot", "html": "x", "viewport": {"width": 9999}},
        {"type": "video"},
        {"html": "x"},
        {"type": "pdf", "html": "x", "quality": 3},
    ]});

    let fields: Vec<_> = faults("BulkRequest", &jobs).into_iter().map(|(field, _)| field).collect();

    assert_eq!(fields, ["jobs[1].viewport.width", "jobs[2].type", "jobs[3].type", "jobs[4].quality"]);
}

#[test]
fn a_batch_has_1_to_20_jobs() {
    for count in [0, 21] {
        let jobs = vec![json!({"type": "pdf", "html": "x"}); count];

        assert_eq!(fault("BulkRequest", &json!({"jobs": jobs})).0, "jobs", "{count}");
    }
    assert_eq!(fault("BulkRequest", &json!({})).0, "jobs");
}
