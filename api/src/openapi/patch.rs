//! Patches the document that poem-openapi emits, for client generators and readers.

use serde_json::{Map, Value, json};

use crate::openapi::{aliases, reachable};

/// Applies all patches. The tags are sorted in the given order.
pub(super) fn patch(mut document: Value, tags: &[&str]) -> Value {
    if let Some(document) = document.as_object_mut() {
        document.insert("openapi".to_owned(), json!("3.0.3"));
    }
    sort_tags(&mut document, tags);
    patch_node(&mut document);
    if let Some(schemas) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
        merge_union_variants(schemas);
        require_nullable(schemas);
    }
    close_requests(&mut document);
    aliases::hide(&mut document);
    document
}

/// poem-openapi emits tags in alphabetical order.
fn sort_tags(document: &mut Value, order: &[&str]) {
    let position = |tag: &Value| {
        tag.get("name").and_then(Value::as_str).and_then(|name| order.iter().position(|tag| *tag == name))
    };
    if let Some(tags) = document.get_mut("tags").and_then(Value::as_array_mut) {
        tags.sort_by_key(position);
    }
}

fn patch_node(node: &mut Value) {
    match node {
        Value::Object(object) => {
            fold_default(object);
            patch_integer(object);
            patch_date(object);
            title_case_headers(object);
            remove_noise(object);
            object.values_mut().for_each(patch_node);
        }
        Value::Array(items) => items.iter_mut().for_each(patch_node),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Changes `allOf: [$ref, {default}]` to `allOf: [$ref], default`, because generators drop
/// the operation otherwise. A default that is an object is removed for the same reason; the
/// fields of the object have their own defaults.
fn fold_default(object: &mut Map<String, Value>) {
    let Some(Value::Array(parts)) = object.get_mut("allOf") else { return };
    let is_bare = |part: &Value| part.get("$ref").is_none() && part.get("properties").is_none();
    if let [reference, bare] = parts.as_slice()
        && reference.get("$ref").is_some()
        && is_bare(bare)
        && let Some(Value::Object(bare)) = parts.pop()
    {
        for (key, value) in bare {
            object.entry(key).or_insert(value);
        }
        if object.get("default").is_some_and(Value::is_object) {
            object.remove("default");
        }
    }
}

/// poem-openapi emits the bounds of integers as floats, and unsigned formats that `OpenAPI`
/// does not have.
fn patch_integer(object: &mut Map<String, Value>) {
    let is_integer = object.get("type").and_then(Value::as_str) == Some("integer");
    if !is_integer {
        return;
    }
    for bound in ["minimum", "maximum"] {
        if let Some(integer) = object.get(bound).and_then(Value::as_f64).and_then(to_integer) {
            object.insert(bound.to_owned(), integer);
        }
    }
    let format = match object.get("format").and_then(Value::as_str) {
        Some("uint8" | "uint16" | "uint32" | "int16") => "int32",
        Some("uint64") => "int64",
        _ => return,
    };
    object.insert("format".to_owned(), json!(format));
    object.entry("minimum").or_insert(json!(0));
}

/// poem-openapi emits a format of dates that `OpenAPI` does not have.
fn patch_date(object: &mut Map<String, Value>) {
    if object.get("format").and_then(Value::as_str) == Some("naive-date") {
        object.insert("format".to_owned(), json!("date"));
    }
}

/// poem-openapi emits what is the default anyway.
fn remove_noise(object: &mut Map<String, Value>) {
    for (keyword, default) in [("deprecated", false), ("explode", true)] {
        if object.get(keyword) == Some(&Value::Bool(default)) {
            object.shift_remove(keyword);
        }
    }
}

fn to_integer(number: f64) -> Option<Value> {
    format!("{number:.0}").parse::<i64>().ok().map(Value::from)
}

/// poem-openapi emits the names of headers in upper case. A field of this name is a schema, whose
/// members are not all objects.
fn title_case_headers(object: &mut Map<String, Value>) {
    let Some(Value::Object(headers)) = object.get_mut("headers") else { return };
    if !headers.values().all(Value::is_object) {
        return;
    }
    let title_case = |name: &str| {
        let word = |word: &str| match word.to_lowercase().as_str() {
            "etag" => "ETag".to_owned(),
            lower => lower.chars().take(1).flat_map(char::to_uppercase).chain(lower.chars().skip(1)).collect(),
        };
        name.split('-').map(word).collect::<Vec<_>>().join("-")
    };
    *headers = std::mem::take(headers).into_iter().map(|(name, header)| (title_case(&name), header)).collect();
}

/// Merges a variant of a union, emitted as `allOf: [{discriminator}, $ref]`, into one object,
/// because `additionalProperties: false` does not work across the parts of `allOf`.
fn merge_union_variants(schemas: &mut Map<String, Value>) {
    let emitted = schemas.clone();
    for schema in schemas.values_mut() {
        if let Some(merged) = merged(schema, &emitted) {
            *schema = Value::Object(merged);
        }
    }
}

fn merged(schema: &Value, schemas: &Map<String, Value>) -> Option<Map<String, Value>> {
    let [discriminator, reference] = schema.get("allOf")?.as_array()?.as_slice() else { return None };
    let target = reference.get("$ref")?.as_str()?.rsplit('/').next()?;
    let mut merged = schemas.get(target)?.as_object()?.clone();
    let properties = merged.get_mut("properties")?.as_object_mut()?;
    properties.extend(discriminator.get("properties")?.as_object()?.clone());
    merged.insert("required".to_owned(), discriminator.get("required")?.clone());
    merged.remove("title");
    merged.remove("example");
    Some(merged)
}

/// Marks nullable properties as required. This API either omits a field or sends `null`, never
/// both, but poem-openapi makes every `Option` optional.
fn require_nullable(schemas: &mut Map<String, Value>) {
    for schema in schemas.values_mut() {
        let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
        let nullable = properties.filter(|(_, property)| property.get("nullable") == Some(&Value::Bool(true)));
        let names: Vec<_> = nullable.map(|(name, _)| json!(name)).collect();
        if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
            required.extend(names);
        }
    }
}

/// Rejects unknown fields in every object that a request body can contain. Only a schema with
/// `properties` is closed: a union has none, and closing it would reject the properties of its
/// variants.
fn close_requests(document: &mut Value) {
    for pointer in reachable::from_request_bodies(document) {
        if let Some(schema) = document.pointer_mut(&pointer).and_then(Value::as_object_mut)
            && schema.contains_key("properties")
        {
            schema.insert("additionalProperties".to_owned(), json!(false));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::patch;

    fn document() -> Value {
        let schema = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
        let inline = json!({"type": "object", "properties": {"x": {"type": "integer"}}});
        let body = json!({"content": {"application/json": {"schema": schema("Body")}}});
        let post = json!({"requestBody": body.clone(), "responses": {"200": {"content": {"application/json": {"schema": schema("Response")}}}}});
        json!({
            "paths": {"/things/{id}": {"post": post}},
            "components": {"schemas": {
                "Body": {"type": "object", "properties": {"items": {"type": "array", "items": schema("Union")}, "clip": inline}},
                "Union": {"type": "object", "oneOf": [schema("Leaf")], "discriminator": {"propertyName": "type"}},
                "Leaf": {"type": "object", "properties": {"parent": {"allOf": [schema("Body")]}}},
                "Response": {"type": "object", "required": ["a"], "properties": {"a": {}, "b": {"nullable": true}}},
            }},
        })
    }

    #[test]
    fn every_object_that_a_request_body_can_contain_is_closed() {
        let patched = patch(document(), &[]);

        let schemas = &patched["components"]["schemas"];
        for closed in [&schemas["Body"], &schemas["Leaf"], &schemas["Body"]["properties"]["clip"]] {
            assert_eq!(closed["additionalProperties"], false, "{closed}");
        }
        for open in [&schemas["Union"], &schemas["Response"]] {
            assert!(open.get("additionalProperties").is_none(), "{open}");
        }
    }

    #[test]
    fn a_nullable_property_is_required() {
        assert_eq!(patch(document(), &[])["components"]["schemas"]["Response"]["required"], json!(["a", "b"]));
    }
}
