//! Finds the schemas that a request can reach.

use std::collections::BTreeSet;

use serde_json::Value;

/// Returns JSON pointers to all schemas that a request body can contain.
pub(super) fn from_request_bodies(document: &Value) -> BTreeSet<String> {
    reachable(document, "/requestBody/content")
}

/// Returns JSON pointers to all schemas that a request body or a parameter can contain. Headers
/// are left out: each is checked by its extractor.
#[cfg(test)]
pub(super) fn from_requests(document: &Value) -> BTreeSet<String> {
    let mut found = from_request_bodies(document);
    found.extend(reachable(document, "/parameters"));
    found
}

/// Visits the `schema` of every entry under `entries`, in all operations.
fn reachable(document: &Value, entries: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for path in children(document, "/paths") {
        for operation in children(document, &path) {
            for entry in children(document, &format!("{operation}{entries}")) {
                if document.pointer(&format!("{entry}/in")).is_some_and(|place| place == "header") {
                    continue;
                }
                visit(document, &format!("{entry}/schema"), &mut found);
            }
        }
    }
    found
}

fn visit(document: &Value, pointer: &str, found: &mut BTreeSet<String>) {
    let Some(schema) = document.pointer(pointer).and_then(Value::as_object) else { return };
    if !found.insert(pointer.to_owned()) {
        return;
    }
    for (keyword, value) in schema {
        match keyword.as_str() {
            "$ref" => {
                let target = value.as_str().unwrap_or_default().trim_start_matches('#');
                visit(document, target, found);
            }
            "items" | "not" | "additionalProperties" => visit(document, &format!("{pointer}/{keyword}"), found),
            "properties" | "allOf" | "anyOf" | "oneOf" => {
                for child in children(document, &format!("{pointer}/{keyword}")) {
                    visit(document, &child, found);
                }
            }
            _ => {}
        }
    }
}

/// Returns JSON pointers to the members of an object or array (RFC 6901).
fn children(document: &Value, pointer: &str) -> Vec<String> {
    let child = |name: &str| format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
    match document.pointer(pointer) {
        Some(Value::Object(object)) => object.keys().map(|name| child(name)).collect(),
        Some(Value::Array(items)) => (0..items.len()).map(|index| child(&index.to_string())).collect(),
        _ => Vec::new(),
    }
}
