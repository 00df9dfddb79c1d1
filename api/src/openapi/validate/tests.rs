use serde_json::{Value, json};

use super::{unenforced_keywords, validate};

fn error_count(schema: &Value, value: &Value) -> usize {
    let leaf = json!({"type": "object", "required": ["type", "x"], "properties": {"type": {"type": "string"}}});
    let document = json!({"components": {"schemas": {"Schema": schema, "Leaf": leaf}}});
    validate(&document, "Schema", value).len()
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
        ("minLength", json!({"type": "string", "minLength": 1})),
        ("uniqueItems", json!({"type": "array", "uniqueItems": true})),
        ("multipleOf", json!({"type": "integer", "multipleOf": 5})),
        ("enum", json!({"type": "integer", "enum": [1]})),
        ("nullable", json!({"type": "boolean", "nullable": true})),
        ("oneOf", json!({"type": "object", "oneOf": []})),
        ("anyOf", json!({"anyOf": []})),
    ] {
        assert_eq!(unenforced_keywords(&schema), [keyword]);
    }
}
