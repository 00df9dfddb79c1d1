//! Describes identifiers by their names: ids are UUIDs, and idempotency keys have bounds.

use serde_json::{Map, Value, json};

use super::operations::{self, schemas};

/// The names of ids, in bodies, paths, queries and headers.
const IDS: &[&str] = &["job_id", "batch_id", "X-Job-Id"];

/// The id in the examples of paths. It is the id of the job in the examples of responses.
const EXAMPLE: &str = "0198f2c1-7d3e-7b6a-9c41-5e2f8a1b0c3d";

/// The maximum length of an idempotency key, in characters.
const MAX_KEY_LENGTH: u32 = 255;

pub(super) fn describe(document: &mut Value) {
    operations::for_each(document, |mut operation| {
        operation.parameters().for_each(describe_parameter);
        for (_, response) in operation.responses() {
            let headers = response.get_mut("headers").and_then(Value::as_object_mut).into_iter().flatten();
            for (name, header) in headers {
                if let Some(schema) = header.get_mut("schema") {
                    describe_id(name, schema);
                }
            }
        }
    });
    for schema in schemas(document).into_iter().flat_map(Map::values_mut) {
        let properties = schema.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten();
        properties.for_each(|(name, property)| describe_id(name, property));
    }
}

fn describe_id(name: &str, schema: &mut Value) {
    if IDS.contains(&name) && schema.get("type").is_some_and(|kind| kind == "string") {
        schema["format"] = json!("uuid");
    }
}

fn describe_parameter(parameter: &mut Map<String, Value>) {
    let name = parameter.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let is_in_path = parameter.get("in").is_some_and(|place| place == "path");
    if let Some(schema) = parameter.get_mut("schema") {
        describe_id(&name, schema);
        if name == "Idempotency-Key" {
            schema["minLength"] = json!(1);
            schema["maxLength"] = json!(MAX_KEY_LENGTH);
        }
    }
    if is_in_path && IDS.contains(&name.as_str()) {
        parameter.insert("example".to_owned(), json!(EXAMPLE));
    }
}
