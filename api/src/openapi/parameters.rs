//! Validates the query parameters of an operation.

use serde_json::Value;

use crate::error::body::FieldError;
use crate::openapi::validate::validate_as;
use crate::openapi::{lookup, messages, scalars};

/// Validates the names and values of query parameters against the operation and returns all
/// errors. A parameter that the operation does not have would otherwise be ignored silently.
pub(super) fn validate(document: &Value, path: &str, method: &str, given: &[(String, String)]) -> Vec<FieldError> {
    let known = lookup::query_parameters(document, path, method);
    let names: Vec<_> = known.iter().map(|(name, _)| *name).collect();
    let mut errors = Vec::new();
    for (index, (name, text)) in given.iter().enumerate() {
        let is_repeated = given.iter().take(index).any(|(earlier, _)| earlier == name);
        match known.iter().find(|(known, _)| known == name) {
            None if is_repeated => {}
            None => errors.push(FieldError::new(messages::truncated(name), messages::unknown_parameter(name, &names))),
            Some(_) if is_repeated => errors.push(FieldError::new(name.as_str(), "must be sent only once")),
            Some((_, schema)) => {
                let value = scalars::parse(kind(document, schema), text);
                errors.extend(validate_as(document, schema, value, name).errors);
            }
        }
    }
    let is_missing = |name: &&str| !given.iter().any(|(given, _)| given == name);
    let required = lookup::required_query_parameters(document, path, method);
    errors.extend(required.into_iter().filter(is_missing).map(|name| FieldError::new(name, "is required")));
    errors
}

/// Returns the type of a schema.
fn kind<'a>(document: &'a Value, schema: &'a Value) -> &'a str {
    let part = schema.pointer("/allOf/0").unwrap_or(schema);
    let reference = part.get("$ref").and_then(Value::as_str).map(|reference| reference.trim_start_matches('#'));
    let schema = reference.and_then(|pointer| document.pointer(pointer)).unwrap_or(part);
    schema.get("type").and_then(Value::as_str).unwrap_or("string")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::validate;

    #[test]
    fn all_wrong_parameters_are_reported_in_our_words() {
        let status = json!({"type": "string", "enum": ["queued", "completed"]});
        let parameter = |name: &str, schema| json!({"name": name, "in": "query", "schema": schema});
        let document = json!({
            "paths": {"/v1/jobs": {"get": {"parameters": [
                parameter("limit", json!({"type": "integer", "minimum": 1, "maximum": 100})),
                parameter("status", json!({"$ref": "#/components/schemas/Status"})),
                parameter("since", json!({"type": "string", "format": "date-time"})),
                parameter("from", json!({"type": "string", "format": "date"})),
                parameter("batch_id", json!({"type": "string", "format": "uuid"})),
                parameter("deep", json!({"type": "boolean"})),
            ]}}},
            "components": {"schemas": {"Status": status}},
        });
        let error = |name: &str, value: &str| {
            let given = [(name.to_owned(), value.to_owned())];
            let errors = validate(&document, "/v1/jobs", "GET", &given);
            errors.into_iter().map(|error| error.message).collect::<Vec<_>>().join("|")
        };

        for (name, value, message) in [
            ("limit", "50", ""),
            ("limit", "0", "must be between 1 and 100, not 0"),
            ("limit", "99999999999999999999", "must be an integer, not the string `99999999999999999999`"),
            ("limit", "1.5", "must be an integer, not the string `1.5`"),
            ("limit", "+5", "must be an integer, not the string `+5`"),
            ("limit", "", "must be an integer, not an empty string"),
            ("status", "queued", ""),
            ("status", "qeued", "must be one of `queued`, `completed`, not `qeued`; did you mean `queued`?"),
            ("since", "2026-01-31T12:00:00Z", ""),
            ("since", "2026-01-31T12:00:00+01:00", ""),
            (
                "since",
                "2026-01-31T12:00:00 01:00",
                "must be a time in RFC 3339 whose `+` is sent as `%2B`, not `2026-01-31T12:00:00 01:00`",
            ),
            ("since", "yesterday", "must be a time in RFC 3339 such as `2026-01-31T12:00:00Z`, not `yesterday`"),
            ("from", "2026-02-28", ""),
            ("from", "2026-02-30", "must be a date such as `2026-01-31`, not `2026-02-30`"),
            ("batch_id", "0198", "must be a UUID, not `0198`"),
            ("deep", "true", ""),
            ("deep", "1", "must be `true` or `false`, not the string `1`"),
            ("lmiit", "1", "unknown query parameter; did you mean `limit`?"),
        ] {
            assert_eq!(error(name, value), message, "{name}={value}");
        }
        let given = [("limit", "0"), ("limit", "1"), ("nope", "")].map(|(name, value)| (name.into(), value.into()));
        assert_eq!(validate(&document, "/v1/jobs", "GET", &given).len(), 3);
    }
}
