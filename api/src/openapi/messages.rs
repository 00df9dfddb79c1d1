//! The messages for invalid fields.

use domain::options::Milestone;
use serde_json::Value;

/// Options of the API contract that this version does not support, for any page.
const UNSUPPORTED_OPTIONS: &[&str] = &[
    "ai_cleanup",
    "basic_auth",
    "block_ads",
    "block_cookie_banners",
    "block_resources",
    "block_trackers",
    "cache_ttl_s",
    "click_selectors",
    "clip",
    "cookies",
    "css",
    "device",
    "fail_on_status",
    "geolocation",
    "headers",
    "hide_selectors",
    "js",
    "locale",
    "media",
    "omit_background",
    "reference",
    "selector",
    "timezone",
    "user_agent",
    "viewport",
    "webhook_url",
];

/// Options of the API contract that this version does not support, for PDFs.
const UNSUPPORTED_PDF_OPTIONS: &[&str] =
    &["footer_html", "header_html", "height", "outline", "page_ranges", "scale", "tagged", "width"];

/// Minimum similarity for a suggestion.
const MIN_SIMILARITY: f64 = 0.75;

/// Maximum number of characters of the request that a response repeats.
const MAX_ECHOED_CHARS: usize = 64;

pub(super) fn wrong_type(expected: &str, value: &Value) -> String {
    let actual = match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) if expected == "integer" => "a fraction",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    let expected = match expected {
        "integer" => "an integer",
        "number" => "a number",
        "boolean" => "`true` or `false`",
        "array" => "an array",
        "object" => "an object",
        _ => "a string",
    };
    format!("must be {expected}, not {actual}")
}

pub(super) fn unknown_field(name: &str, known: &[&str]) -> String {
    let (is_page, is_pdf) = (known.contains(&"html"), known.contains(&"margin"));
    if (is_page && UNSUPPORTED_OPTIONS.contains(&name)) || (is_pdf && UNSUPPORTED_PDF_OPTIONS.contains(&name)) {
        return "is not supported yet".to_owned();
    }
    match nearest(name, known.iter().copied()) {
        Some(nearest) => format!("unknown field; did you mean `{nearest}`?"),
        None => "unknown field".to_owned(),
    }
}

pub(super) fn not_one_of(value: &str, known: &[&str]) -> String {
    let milestone = Milestone::nearest(value).map(Milestone::name).filter(|name| known.contains(name));
    let nearest = milestone.or_else(|| nearest(value, known.iter().copied()));
    let hint = nearest.map(|nearest| format!("; did you mean `{nearest}`?")).unwrap_or_default();
    format!("{}{hint}", one_of(known.iter().copied()))
}

pub(super) fn one_of<'a>(known: impl Iterator<Item = &'a str>) -> String {
    let known: Vec<_> = known.map(|name| format!("`{name}`")).collect();
    format!("must be one of {}", known.join(", "))
}

pub(super) fn out_of_range(min: Option<f64>, max: Option<f64>) -> String {
    match (min, max) {
        (Some(min), Some(max)) => format!("must be between {min} and {max}"),
        (Some(min), None) => format!("must be at least {min}"),
        (None, Some(max)) => format!("must be at most {max}"),
        (None, None) => "must be a number".to_owned(),
    }
}

/// Returns a name that the client sent, shortened and without control characters.
pub(crate) fn truncated(name: &str) -> String {
    let shown: String = name.chars().filter(|c| !c.is_control()).take(MAX_ECHOED_CHARS).collect();
    if shown.len() < name.len() { format!("{shown}…") } else { shown }
}

fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let name = truncated(name).to_lowercase();
    let similarity = |other: &str| strsim::jaro_winkler(&name, &other.to_lowercase());
    let nearest = known.max_by(|one, other| similarity(one).total_cmp(&similarity(other)))?;
    (similarity(nearest) >= MIN_SIMILARITY).then_some(nearest)
}
