//! The messages for invalid fields.

use domain::options::Milestone;
use serde_json::Value;

use crate::openapi::nearest::nearest;

/// Options of the API contract that this version does not support.
const UNSUPPORTED_OPTIONS: &[&str] = &["cache_ttl_s", "file_url", "webhook_url"];

/// Maximum number of characters of the request that a response repeats.
const MAX_ECHOED_CHARS: usize = 64;

/// Says which type is expected, and what was sent. A secret is not repeated.
pub(super) fn wrong_type(expected: &str, value: &Value, is_secret: bool) -> String {
    let expected = match expected {
        "integer" => "an integer",
        "number" => "a number",
        "boolean" => "`true` or `false`",
        "array" => "an array",
        "object" => "an object",
        _ => "a string",
    };
    let actual = match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) if is_secret => kind(value).to_owned(),
        Value::Bool(value) => format!("`{value}`"),
        Value::Number(value) => format!("the number {value}"),
        Value::String(value) if value.is_empty() => "an empty string".to_owned(),
        Value::String(value) => format!("the string `{}`", truncated(value)),
        Value::Array(_) | Value::Object(_) => kind(value).to_owned(),
    };
    format!("must be {expected}, not {actual}")
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// Says that a field is unknown and which one was probably meant, which is also returned.
pub(super) fn unknown_field<'a>(name: &str, known: &[&'a str], nested: &'a [String]) -> (String, Option<&'a str>) {
    if known.contains(&"html") && UNSUPPORTED_OPTIONS.contains(&name) {
        return ("is not supported yet".to_owned(), None);
    }
    match nearest(name, known, nested) {
        Some(nearest) => (format!("unknown field; did you mean `{nearest}`?"), Some(nearest)),
        None => ("unknown field".to_owned(), None),
    }
}

/// Says that a query parameter is unknown, which ones there are, and which one was probably meant.
pub(crate) fn unknown_parameter(name: &str, known: &[&str]) -> String {
    if known.is_empty() {
        return "unknown query parameter: this operation has none".to_owned();
    }
    match nearest(name, known, &[]) {
        Some(nearest) => format!("unknown query parameter; did you mean `{nearest}`?"),
        None => format!("unknown query parameter: this operation has {}", quoted(known)),
    }
}

pub(super) fn not_one_of(value: &str, known: &[&str]) -> String {
    let milestone = Milestone::nearest(value).map(Milestone::name).filter(|name| known.contains(name));
    let nearest = milestone.or_else(|| nearest(value, known, &[]));
    let hint = nearest.map(|nearest| format!("; did you mean `{nearest}`?")).unwrap_or_default();
    format!("must be one of {}, not {}{hint}", quoted(known), given(value))
}

pub(super) fn one_of(known: &[&str]) -> String {
    format!("must be one of {}", quoted(known))
}

pub(super) fn out_of_range(min: Option<f64>, max: Option<f64>, given: &serde_json::Number) -> String {
    match (min, max) {
        (Some(min), Some(max)) => format!("must be between {min} and {max}, not {given}"),
        (Some(min), None) => format!("must be at least {min}, not {given}"),
        (None, Some(max)) => format!("must be at most {max}, not {given}"),
        (None, None) => format!("is too large: {given}"),
    }
}

pub(super) fn wrong_count(what: &str, min: u64, max: Option<u64>, count: usize) -> String {
    match max {
        Some(max) => format!("must have {min} to {max} {what}, not {count}"),
        None => format!("must have at least {min} {what}, not {count}"),
    }
}

/// Returns a string that the client sent, in quotes and shortened.
pub(super) fn given(value: &str) -> String {
    if value.is_empty() { "an empty string".to_owned() } else { format!("`{}`", truncated(value)) }
}

/// Returns a text that the client sent, shortened, and without characters that are invisible or
/// control how text is shown.
pub(crate) fn truncated(name: &str) -> String {
    let shown: String = name.chars().filter(|c| !is_invisible(*c)).take(MAX_ECHOED_CHARS).collect();
    if shown.len() < name.len() { format!("{shown}…") } else { shown }
}

/// Control characters, zero-width characters, separators of lines and changes of direction.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
