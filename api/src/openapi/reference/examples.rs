//! Adds examples of requests and responses.

use serde_json::{Map, Value, json};
use strum::VariantArray;

use super::operations::{self, Operation, schemas};
use crate::error::code::Code;

const REQUEST_ID: &str = "0198f2c17d3e7b6a9c415e2f8a1b0c3d";

/// The examples of all operations, by their ids.
///
/// `requests` maps names to `{"summary", "value"}`, and `responses` maps statuses to values.
#[derive(Debug)]
pub(crate) struct Examples(Map<String, Value>);

impl Examples {
    /// Parses a JSON object.
    pub(crate) fn parse(json: &str) -> Self {
        Self(serde_json::from_str(json).unwrap_or_default())
    }

    fn requests(&self, operation: &str) -> Option<&Value> {
        self.0.get(operation)?.get("requests")
    }

    fn response(&self, operation: &str, status: &str) -> Option<&Value> {
        self.0.get(operation)?.get("responses")?.get(status)
    }

    /// The ids of the operations that have examples.
    #[cfg(test)]
    pub(crate) fn operations(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }
}

/// Adds the examples of each operation, and one for each error code that it lists. An example
/// that a type brings along moves from its schema to the operations without another.
pub(super) fn add(document: &mut Value, examples: &Examples) {
    let emitted = take_emitted(document);
    let mut listed = Vec::new();
    operations::for_each(document, |mut operation| {
        add_requests(&mut operation, examples, &emitted);
        let id = operation.id();
        for (status, response) in operation.responses() {
            let codes = codes_in(response);
            let Some(content) = json_content(response) else { continue };
            if codes.is_empty() {
                let example = examples.response(&id, status).cloned().or_else(|| emitted_for(content, &emitted));
                example.and_then(|example| content.insert("example".to_owned(), example));
            } else {
                let of = |name: &str| json!({"$ref": format!("#/components/examples/{name}")});
                let named: Map<_, _> = codes.iter().map(|code| (code.name().to_owned(), of(code.name()))).collect();
                content.insert("examples".to_owned(), Value::Object(named));
                listed.extend(codes);
            }
        }
    });
    if let Some(Value::Object(components)) = document.get_mut("components") {
        let errors = Code::VARIANTS.iter().filter(|code| listed.contains(code));
        let errors = errors.map(|code| (code.name().to_owned(), error(*code)));
        components.insert("examples".to_owned(), Value::Object(errors.collect()));
    }
}

fn add_requests(operation: &mut Operation<'_>, examples: &Examples, emitted: &Map<String, Value>) {
    let listed = examples.requests(&operation.id()).cloned();
    let Some(Value::Object(body)) = operation.value.get_mut("requestBody") else { return };
    let Some(content) = json_content(body) else { return };
    if let Some(listed) = listed {
        content.insert("examples".to_owned(), listed);
    } else if let Some(example) = emitted_for(content, emitted) {
        content.insert("example".to_owned(), example);
    }
}

fn json_content(body: &mut Map<String, Value>) -> Option<&mut Map<String, Value>> {
    body.get_mut("content")?.get_mut("application/json")?.as_object_mut()
}

/// Removes the examples from the schemas, and returns them by the name of the schema.
fn take_emitted(document: &mut Value) -> Map<String, Value> {
    let schemas = schemas(document).into_iter().flatten();
    schemas.filter_map(|(name, schema)| Some((name.clone(), schema.as_object_mut()?.remove("example")?))).collect()
}

fn emitted_for(content: &Map<String, Value>, emitted: &Map<String, Value>) -> Option<Value> {
    let reference = content.get("schema")?.get("$ref")?.as_str()?;
    emitted.get(reference.rsplit('/').next()?).cloned()
}

/// Returns the error codes that the description of a response lists.
fn codes_in(response: &Map<String, Value>) -> Vec<Code> {
    let description = response.get("description").and_then(Value::as_str).unwrap_or_default();
    Code::VARIANTS.iter().copied().filter(|code| description.contains(&format!("`{}`:", code.name()))).collect()
}

fn error(code: Code) -> Value {
    let timeout = "WAIT_TIMEOUT: Timeout: the page was not ready within 30000 ms";
    let message = if code == Code::RenderError { timeout } else { code.meaning() };
    let mut detail = Map::new();
    let mut add = |name: &str, value: Value| detail.insert(name.to_owned(), value);
    add("code", json!(code.name()));
    add("message", json!(message));
    add("request_id", json!(REQUEST_ID));
    if matches!(code.status().as_u16(), 429 | 503) {
        add("retry_after", json!(5));
    }
    if code == Code::ValidationError {
        add("errors", json!([{"field": "viewport.width", "message": "must be between 1 and 3840"}]));
    }
    if code == Code::RenderError {
        add("reason", json!("wait_timeout"));
    }
    let error = json!({"code": code.name(), "message": message});
    json!({"summary": sentence(code.meaning()), "value": {"detail": detail, "error": error}})
}

/// Begins with a capital letter, and has no code in backticks.
fn sentence(meaning: &str) -> String {
    let meaning = meaning.replace('`', "");
    let mut chars = meaning.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
