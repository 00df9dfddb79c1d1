//! Validates strings, numbers and booleans.

use serde_json::{Number, Value};

use crate::openapi::{aliases, messages};

/// The largest integer that a JSON number of any client can be, 2^53.
const MAX_INTEGER: f64 = 9_007_199_254_740_992.0;

/// Validates a value against a schema of the given type. Returns the value as the schema spells
/// it, or what is wrong with it.
pub(super) fn validate(kind: &str, schema: &Value, value: Value, is_secret: bool) -> Result<Value, String> {
    match (kind, value) {
        ("string", Value::String(text)) => string(schema, text, is_secret).map(Value::String),
        ("boolean", value @ Value::Bool(_)) => Ok(value),
        ("integer", Value::Number(number)) => integer(schema, number).map(Value::Number),
        ("number", Value::Number(number)) => in_range(schema, number).map(Value::Number),
        (kind, value) => Err(messages::wrong_type(kind, &value, is_secret)),
    }
}

/// Validates the text of a parameter, which has no type of its own.
pub(super) fn parse(kind: &str, text: &str) -> Value {
    let number = || match kind {
        "integer" => text.parse::<i64>().ok().filter(|_| is_plain(text)).map(Number::from),
        "number" => text.parse::<f64>().ok().and_then(Number::from_f64),
        _ => None,
    };
    match (kind, text) {
        ("boolean", "true") => Value::Bool(true),
        ("boolean", "false") => Value::Bool(false),
        (_, text) => number().map_or_else(|| Value::String(text.to_owned()), Value::Number),
    }
}

/// Rejects `+5` and `-0`.
fn is_plain(integer: &str) -> bool {
    !integer.starts_with('+') && !integer.starts_with("-0")
}

fn string(schema: &Value, text: String, is_secret: bool) -> Result<String, String> {
    if text.contains('\0') {
        return Err("must not contain the character U+0000".to_owned());
    }
    let bound = |name: &str| schema.get(name).and_then(Value::as_u64);
    let (min, max) = (bound("minLength").unwrap_or(0), bound("maxLength"));
    if min > 0 || max.is_some() {
        let chars = text.chars().count() as u64;
        if let Some(max) = max.filter(|max| chars > *max) {
            return Err(format!("must be at most {max} characters long, not {chars}"));
        }
        if chars < min {
            return Err(format!("must be at least {min} characters long, not {chars}"));
        }
    }
    if let Some(known) = schema.get("enum").and_then(Value::as_array) {
        let known: Vec<_> = known.iter().filter_map(Value::as_str).collect();
        return match aliases::value(&text, &known) {
            _ if known.contains(&text.as_str()) => Ok(text),
            Some(value) => Ok(value.to_owned()),
            None if is_secret => Err(messages::one_of(&known)),
            None => Err(messages::not_one_of(&text, &known)),
        };
    }
    match schema.get("format").and_then(Value::as_str).and_then(|format| wrong_format(format, &text)) {
        Some(expected) => Err(format!("must be {expected}, not {}", messages::given(&text))),
        None => Ok(text),
    }
}

/// Returns what a text of this format must be, if it is not.
fn wrong_format(format: &str, text: &str) -> Option<&'static str> {
    match format {
        "uuid" => uuid::Uuid::parse_str(text).err().map(|_| "a UUID"),
        "date" if text.len() == 10 && text.parse::<chrono::NaiveDate>().is_ok() => None,
        "date" => Some("a date such as `2026-01-31`"),
        "date-time" if chrono::DateTime::parse_from_rfc3339(text).is_ok() => None,
        "date-time" if chrono::DateTime::parse_from_rfc3339(&text.replacen(' ', "+", 1)).is_ok() => {
            Some("a time in RFC 3339 whose `+` is sent as `%2B`")
        }
        "date-time" => Some("a time in RFC 3339 such as `2026-01-31T12:00:00Z`"),
        _ => None,
    }
}

/// Accepts `85.0` and `1e2`, which some clients send for integers.
fn integer(schema: &Value, number: Number) -> Result<Number, String> {
    if number.is_i64() || number.is_u64() {
        return in_range(schema, number);
    }
    let float = number.as_f64().unwrap_or(f64::INFINITY);
    if float.fract() != 0.0 {
        return Err(messages::wrong_type("integer", &Value::Number(number), false));
    }
    let number = in_range(schema, number)?;
    let integer = format!("{float:.0}").parse::<i64>().ok().filter(|_| float.abs() <= MAX_INTEGER);
    integer.map(Number::from).ok_or_else(|| messages::out_of_range(None, None, &number))
}

fn in_range(schema: &Value, number: Number) -> Result<Number, String> {
    let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
    let (min, max) = (bound("minimum"), bound("maximum").or_else(|| max_of_format(schema)));
    let is_within = number
        .as_f64()
        .is_some_and(|number| min.is_none_or(|min| number >= min) && max.is_none_or(|max| number <= max));
    if is_within { Ok(number) } else { Err(messages::out_of_range(min, max, &number)) }
}

/// The largest value of an integer without a `maximum`.
fn max_of_format(schema: &Value) -> Option<f64> {
    match schema.get("format").and_then(Value::as_str) {
        Some("int32") => Some(f64::from(i32::MAX)),
        Some("int64") => Some(MAX_INTEGER),
        _ => None,
    }
}
