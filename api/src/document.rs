//! The OpenAPI document: what is served, committed, checked against and fed to generators.
//!
//! The document comes from the types; [`mend`] is the one place that changes what
//! poem-openapi emits, each change for a reason that a client generator or a reader has.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use crate::routes;

/// The groups of operations, in the order that they are shown.
const TAGS: [&str; 3] = ["Render", "Jobs", "Account"];

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let emitted = serde_json::from_str(&routes::service().spec()).unwrap_or_default();
    mend(emitted)
});

/// The document.
pub(crate) fn document() -> &'static Value {
    &DOCUMENT
}

/// The document as JSON, as it is committed.
pub fn openapi_json() -> String {
    serde_json::to_string_pretty(document()).unwrap_or_default()
}

/// The document as YAML.
pub(crate) fn openapi_yaml() -> String {
    yaml_serde::to_string(document()).unwrap_or_default()
}

/// The methods that a path of the document knows, for `Allow`.
pub(crate) fn allowed(path: &str) -> Option<String> {
    let methods: Vec<_> = operations(path)?.keys().map(|method| method.to_uppercase()).collect();
    Some(methods.join(", "))
}

/// The parameters that an operation takes in its query.
pub(crate) fn in_query(path: &str, method: &str) -> Vec<&'static str> {
    let parameters = operations(path)
        .and_then(|operations| operations.get(&method.to_lowercase()))
        .and_then(|operation| operation.get("parameters")?.as_array());
    let name = |parameter: &'static Value| {
        (parameter.get("in")? == "query").then(|| parameter.get("name")?.as_str()).flatten()
    };
    parameters.map(|parameters| parameters.iter().filter_map(name).collect()).unwrap_or_default()
}

/// The operations of a path, by their methods.
fn operations(path: &str) -> Option<&'static Map<String, Value>> {
    let matches = |template: &str| {
        let (mut template, mut path) = (template.split('/'), path.split('/'));
        loop {
            match (template.next(), path.next()) {
                (None, None) => return true,
                (Some(expected), Some(part)) if expected == part || expected.starts_with('{') => {}
                _ => return false,
            }
        }
    };
    let (_, operations) = document().get("paths")?.as_object()?.iter().find(|(template, _)| matches(template))?;
    operations.as_object()
}

fn mend(mut document: Value) -> Value {
    if let Some(document) = document.as_object_mut() {
        document.insert("openapi".to_owned(), json!("3.0.3"));
    }
    order_tags(&mut document);
    mend_node(&mut document);
    if let Some(schemas) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
        merge_tagged(schemas);
        close_requests(schemas);
        require_null(schemas);
    }
    document
}

/// What people come for stands first.
fn order_tags(document: &mut Value) {
    let place =
        |tag: &Value| tag.get("name").and_then(Value::as_str).and_then(|name| TAGS.iter().position(|tag| *tag == name));
    if let Some(tags) = document.get_mut("tags").and_then(Value::as_array_mut) {
        tags.sort_by_key(place);
    }
}

fn mend_node(node: &mut Value) {
    match node {
        Value::Object(object) => {
            fold_default(object);
            mend_integer(object);
            name_headers(object);
            object.values_mut().for_each(mend_node);
        }
        Value::Array(items) => items.iter_mut().for_each(mend_node),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// `allOf: [$ref, {default}]` becomes `allOf: [$ref], default`, and a default that is an
/// object goes, for its fields have their own: generators drop the operation otherwise.
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

/// Bounds of integers are emitted as floats, and unsigned formats are not `OpenAPI`'s.
fn mend_integer(object: &mut Map<String, Value>) {
    let is_integer = object.get("type").and_then(Value::as_str) == Some("integer");
    if !is_integer {
        return;
    }
    for bound in ["minimum", "maximum"] {
        if let Some(whole) = object.get(bound).and_then(Value::as_f64).and_then(whole) {
            object.insert(bound.to_owned(), whole);
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

fn whole(number: f64) -> Option<Value> {
    format!("{number:.0}").parse::<i64>().ok().map(Value::from)
}

/// Names of headers are emitted in capitals.
fn name_headers(object: &mut Map<String, Value>) {
    let Some(Value::Object(headers)) = object.get_mut("headers") else { return };
    let titled = |name: &str| {
        let word = |word: &str| match word.to_lowercase().as_str() {
            "etag" => "ETag".to_owned(),
            lower => lower.chars().take(1).flat_map(char::to_uppercase).chain(lower.chars().skip(1)).collect(),
        };
        name.split('-').map(word).collect::<Vec<_>>().join("-")
    };
    *headers = std::mem::take(headers).into_iter().map(|(name, header)| (titled(&name), header)).collect();
}

/// A job of a batch is emitted as `allOf: [{type}, $ref]`; merged into one object it can be
/// closed, and reads better.
fn merge_tagged(schemas: &mut Map<String, Value>) {
    let emitted = schemas.clone();
    for schema in schemas.values_mut() {
        if let Some(merged) = merged(schema, &emitted) {
            *schema = Value::Object(merged);
        }
    }
}

fn merged(schema: &Value, schemas: &Map<String, Value>) -> Option<Map<String, Value>> {
    let [tag, reference] = schema.get("allOf")?.as_array()?.as_slice() else { return None };
    let target = reference.get("$ref")?.as_str()?.rsplit('/').next()?;
    let mut merged = schemas.get(target)?.as_object()?.clone();
    let properties = merged.get_mut("properties")?.as_object_mut()?;
    properties.extend(tag.get("properties")?.as_object()?.clone());
    merged.insert("required".to_owned(), tag.get("required")?.clone());
    merged.remove("title");
    merged.remove("example");
    Some(merged)
}

/// Unknown fields are refused wherever a client writes.
fn close_requests(schemas: &mut Map<String, Value>) {
    for (name, schema) in schemas {
        let is_sent = name.ends_with("Request") || matches!(name.as_str(), "Viewport" | "Margin");
        if is_sent && let Some(schema) = schema.as_object_mut() {
            schema.insert("additionalProperties".to_owned(), json!(false));
        }
    }
}

/// A balance always has all four fields, also where one is null: poem-openapi takes what
/// is optional in Rust for optional on the wire.
fn require_null(schemas: &mut Map<String, Value>) {
    let balance = schemas.get_mut("Balance").and_then(|balance| balance.get_mut("required"));
    if let Some(required) = balance.and_then(Value::as_array_mut) {
        required.push(json!("current_period_end"));
    }
}

#[cfg(test)]
mod tests {
    use super::{allowed, document, openapi_json};

    #[test]
    fn a_path_knows_its_methods() {
        assert_eq!(allowed("/v1/screenshot").as_deref(), Some("POST"));
        assert_eq!(allowed("/v1/jobs/0198f2c1/result").as_deref(), Some("GET"));
        assert_eq!(allowed("/v1/nothing"), None);
    }

    #[test]
    fn the_document_says_what_generators_can_read() {
        let text = openapi_json();

        assert!(!text.contains("charset"), "media types are bare");
        assert!(!text.contains("uint"), "formats are OpenAPI's");
        let quality = &document()["components"]["schemas"]["ScreenshotRequest"]["properties"]["quality"];
        assert!(quality["minimum"].is_u64() && quality["maximum"].is_u64(), "bounds of integers are whole: {quality}");
        assert_eq!(document()["components"]["schemas"]["ScreenshotRequest"]["additionalProperties"], false);
    }
}
