//! Aliases: spellings that requests may use, and that the document does not show.
//!
//! The validator replaces an alias by the name in the document, so that no type has to know it.

use serde_json::{Map, Value};

/// Fields: the alias, and the name in the document.
const FIELDS: &[(&str, &str)] = &[("async", "async_mode")];

/// Values of enums: the alias, and the value in the document.
const VALUES: &[(&str, &str)] =
    &[("domcontentloaded", "dom_content_loaded"), ("jpg", "jpeg"), ("networkidle", "network_idle")];

/// Values of enums that are accepted in upper and lower case.
const ANY_CASE: &[&str] = &["Lax", "None", "Strict"];

/// Fields whose items are texts, and may be sent as numbers: HTTP statuses beside ranges of them.
const NUMBERS_AS_TEXT: &[&str] = &["fail_on_status["];

/// Returns a number as the text that it is an alias of.
pub(super) fn text(path: &str, value: Value) -> Value {
    let may_be_a_number = NUMBERS_AS_TEXT.iter().any(|field| path.contains(field));
    if may_be_a_number && value.is_number() { Value::String(value.to_string()) } else { value }
}

/// Returns the name of the field that `name` is an alias of.
pub(super) fn field(name: &str) -> Option<&'static str> {
    FIELDS.iter().find(|(alias, _)| *alias == name).map(|(_, field)| *field)
}

/// Returns the alias of a field.
pub(super) fn alias_of(field: &str) -> Option<&'static str> {
    FIELDS.iter().find(|(_, name)| *name == field).map(|(alias, _)| *alias)
}

/// Returns the value of an enum that `given` is an alias of.
pub(super) fn value<'a>(given: &str, known: &[&'a str]) -> Option<&'a str> {
    let in_any_case = |value: &str| ANY_CASE.contains(&value) && value.eq_ignore_ascii_case(given);
    let alias = VALUES.iter().find(|(alias, _)| *alias == given).map(|(_, value)| *value);
    known.iter().copied().find(|value| alias == Some(value) || in_any_case(value))
}

/// Removes the aliases from the document: from enums that have the value itself, and from objects
/// that have the field itself.
pub(super) fn hide(node: &mut Value) {
    match node {
        Value::Object(object) => {
            hide_values(object);
            hide_fields(object);
            object.values_mut().for_each(hide);
        }
        Value::Array(items) => items.iter_mut().for_each(hide),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn hide_values(schema: &mut Map<String, Value>) {
    let Some(Value::Array(values)) = schema.get_mut("enum") else { return };
    for (alias, value) in VALUES {
        if values.iter().any(|known| known == value) {
            values.retain(|known| known != alias);
        }
    }
}

fn hide_fields(schema: &mut Map<String, Value>) {
    let Some(Value::Object(properties)) = schema.get_mut("properties") else { return };
    for (alias, field) in FIELDS {
        if properties.contains_key(*field) {
            properties.shift_remove(*alias);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{hide, value};

    #[test]
    fn an_alias_stands_for_a_value_of_the_same_enum_only() {
        assert_eq!(value("jpg", &["png", "jpeg"]), Some("jpeg"));
        assert_eq!(value("jpg", &["A4"]), None);
        assert_eq!(value("LAX", &["Lax", "Strict"]), Some("Lax"));
        assert_eq!(value("PNG", &["png"]), None);
    }

    #[test]
    fn aliases_are_hidden_wherever_the_name_itself_is_present() {
        let mut schema = json!({"properties": {"async": {}, "async_mode": {}, "format": {"enum": ["jpeg", "jpg"]}}});

        hide(&mut schema);

        assert_eq!(schema, json!({"properties": {"async_mode": {}, "format": {"enum": ["jpeg"]}}}));
    }
}
