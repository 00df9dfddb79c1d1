use serde_json::{Value, json};

use super::{unenforced_keywords, validate};

fn error_count(schema: &Value, value: &Value) -> usize {
    let leaf = json!({"type": "object", "required": ["type", "x"], "properties": {"type": {"type": "string"}}});
    let document = json!({"components": {"schemas": {"Schema": schema, "Leaf": leaf}}});
    validate(&document, "Schema", value.clone()).errors.len()
}

#[test]
fn every_keyword_that_counts_as_enforced_is_enforced() {
    let leaf = "#/components/schemas/Leaf";
    for (schema, valid, invalid) in [
        (json!({"type": "object"}), json!({}), json!([])),
        (json!({"type": "object", "properties": {"a": {"type": "string"}}}), json!({"a": ""}), json!({"a": 1})),
        (json!({"type": "object", "required": ["a"]}), json!({"a": 1}), json!({})),
        (json!({"type": "object", "additionalProperties": false}), json!({}), json!({"a": 1})),
        (
            json!({"type": "object", "oneOf": [], "discriminator": {"propertyName": "type", "mapping": {"leaf": leaf}}}),
            json!({"type": "leaf", "x": 1}),
            json!({"type": "leaf"}),
        ),
        (json!({"type": "array", "items": {"type": "string"}}), json!([""]), json!([1])),
        (json!({"type": "array", "minItems": 1}), json!([1]), json!([])),
        (json!({"type": "array", "maxItems": 1}), json!([1]), json!([1, 2])),
        (json!({"type": "string"}), json!("é"), json!(1)),
        (json!({"type": "object", "additionalProperties": {"type": "string"}}), json!({"a": ""}), json!({"a": 1})),
        (json!({"type": "object", "minProperties": 1}), json!({"a": 1}), json!({})),
        (json!({"type": "object", "maxProperties": 1}), json!({"a": 1}), json!({"a": 1, "b": 1})),
        (json!({"anyOf": [{"type": "string"}, {"type": "integer", "maximum": 9}]}), json!(9), json!(10)),
        (json!({"type": "string", "minLength": 1}), json!("é"), json!("")),
        (json!({"type": "string", "maxLength": 1}), json!("é"), json!("ab")),
        (json!({"type": "string", "enum": ["a"]}), json!("a"), json!("b")),
        (json!({"type": "boolean"}), json!(true), json!("true")),
        (json!({"type": "integer"}), json!(1), json!(1.5)),
        (json!({"type": "integer", "minimum": 1}), json!(1), json!(0)),
        (json!({"type": "integer", "maximum": 1}), json!(1), json!(2)),
        (json!({"type": "number", "minimum": 0.5}), json!(0.5), json!(0.4)),
        (json!({"type": "number", "maximum": 0.5}), json!(0.5), json!(0.6)),
        (json!({"$ref": leaf}), json!({"type": "leaf", "x": 1}), json!({"type": "leaf"})),
        (json!({"allOf": [{"$ref": leaf}]}), json!({"type": "leaf", "x": 1}), json!({"type": "leaf"})),
    ] {
        assert!(unenforced_keywords(&schema).is_empty(), "{schema}");
        assert_eq!((error_count(&schema, &valid), error_count(&schema, &invalid)), (0, 1), "{schema}");
    }
}

#[test]
fn a_keyword_that_is_not_enforced_is_found() {
    for (keyword, schema) in [
        ("pattern", json!({"type": "string", "pattern": "^a"})),
        ("uniqueItems", json!({"type": "array", "uniqueItems": true})),
        ("multipleOf", json!({"type": "integer", "multipleOf": 5})),
        ("enum", json!({"type": "integer", "enum": [1]})),
        ("nullable", json!({"type": "boolean", "nullable": true})),
        ("oneOf", json!({"type": "object", "oneOf": []})),
    ] {
        assert_eq!(unenforced_keywords(&schema), [keyword]);
    }
}

fn valid(schema: &Value, value: Value) -> Value {
    let document = json!({"components": {"schemas": {"Schema": schema}}});
    let validated = validate(&document, "Schema", value);
    assert!(validated.errors.is_empty(), "{:?}", validated.errors);
    validated.value
}

#[test]
fn an_optional_field_may_be_null() {
    let inner = json!({"type": "object", "additionalProperties": false, "properties": {"x": {"type": "string"}}});
    let schema = json!({"type": "object", "required": ["a"], "additionalProperties": false, "properties": {
        "a": {"type": "string"}, "b": {"type": "integer"}, "async_mode": {"type": "boolean"}, "inner": inner,
        "list": {"type": "array", "items": {"type": "string"}},
    }});

    let sent = json!({"a": "", "b": null, "async": null, "inner": {"x": null}, "list": null});
    assert_eq!(valid(&schema, sent), json!({"a": "", "inner": {}}));
    for (field, sent) in
        [("a", json!({"a": null})), ("list[0]", json!({"a": "", "list": [null]})), ("c", json!({"a": "", "c": null}))]
    {
        let document = json!({"components": {"schemas": {"Schema": schema}}});
        assert_eq!(validate(&document, "Schema", sent).errors[0].field, field);
    }
}

#[test]
fn an_integer_may_be_written_as_a_fraction_or_with_an_exponent() {
    let schema = json!({"type": "integer", "minimum": 0, "maximum": 10000});

    for (sent, integer) in [("85.0", 85), ("1e2", 100), ("-0", 0), ("-0.0", 0), ("1E+2", 100), ("10000.000", 10000)] {
        let sent: Value = serde_json::from_str(sent).expect("JSON");
        assert_eq!(valid(&schema, sent).to_string(), integer.to_string());
    }
    for sent in [json!(85.5), json!("85"), json!(1e300), json!(-1e300), json!(u64::MAX), json!(true), json!([1])] {
        assert_eq!(error_count(&schema, &sent), 1, "{sent}");
    }
    for sent in [json!(1e300), json!(9_007_199_254_740_994.0)] {
        assert_eq!(error_count(&json!({"type": "integer"}), &sent), 1, "{sent}");
    }
}

#[test]
fn an_alias_is_replaced_by_the_name_in_the_document() {
    let schema = json!({"type": "object", "additionalProperties": false, "properties": {
        "async_mode": {"type": "boolean"}, "format": {"type": "string", "enum": ["png", "jpeg"]},
    }});
    let document = json!({"components": {"schemas": {"Schema": schema}}});
    let error = |sent| {
        let mut errors = validate(&document, "Schema", sent).errors;
        (errors.len(), errors.remove(0).field)
    };

    let expected = json!({"async_mode": true, "format": "jpeg"});
    assert_eq!(valid(&schema, json!({"async": true, "format": "jpg"})), expected);
    assert_eq!(valid(&schema, json!({"async": true, "async_mode": true, "format": "jpg"})), expected);
    assert_eq!(error(json!({"async": true, "async_mode": false})), (1, "async".to_owned()));
    assert_eq!(error(json!({"async_mode": true, "async": false})), (1, "async".to_owned()));
    assert_eq!(error(json!({"async": "yes"})), (1, "async".to_owned()));
}

#[test]
fn a_secret_is_not_repeated_in_an_error() {
    let text = json!({"type": "string", "maxLength": 3});
    let schema = json!({"type": "object", "properties": {
        "basic_auth": {"type": "object", "properties": {"password": {"type": "boolean"}}},
        "headers": {"type": "object", "additionalProperties": text},
        "cookies": {"type": "array", "items": {"type": "integer"}},
    }});
    let document = json!({"components": {"schemas": {"Schema": schema}}});

    let sent = json!({"basic_auth": {"password": "canary"}, "headers": {"x": "canary"}, "cookies": ["canary"]});
    let errors = validate(&document, "Schema", sent).errors;

    assert_eq!(errors.len(), 3);
    assert!(!format!("{errors:?}").contains("canary"), "{errors:?}");
}

#[test]
fn a_value_that_is_repeated_in_an_error_is_shortened_and_visible() {
    let schema = json!({"type": "object", "additionalProperties": false, "properties": {"a": {"enum": ["b"], "type": "string"}}});
    let document = json!({"components": {"schemas": {"Schema": schema}}});
    let long = format!("\u{1b}[31m\u{202e}{}", "k".repeat(100));

    for sent in [json!({"a": long.as_str()}), json!({long.as_str(): 1}), json!({"a": {long.as_str(): 1}})] {
        let error = validate(&document, "Schema", sent).errors.remove(0);

        let shown = format!("{}{}", error.field, error.message);
        assert!(!shown.contains(&"k".repeat(65)) && !shown.contains(['\u{1b}', '\u{202e}']), "{shown}");
    }
}
