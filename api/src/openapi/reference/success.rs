//! Describes successful responses by what they return.

use serde_json::{Map, Value, json};

use super::operations::{self, schemas};

/// The description of responses that have no other.
const PLACEHOLDER: &str = "Success.";

/// Replaces the placeholder by the description of the schema.
pub(super) fn describe(document: &mut Value) {
    let schemas = schemas(document).cloned().unwrap_or_default();
    operations::for_each(document, |mut operation| {
        for (_, response) in operation.responses() {
            if response.get("description").is_some_and(|text| text == PLACEHOLDER)
                && let Some(description) = description(response, &schemas)
            {
                response.insert("description".to_owned(), json!(description));
            }
        }
    });
}

/// Returns the first line of the description of the schema.
fn description(response: &Map<String, Value>, schemas: &Map<String, Value>) -> Option<String> {
    let reference = response.get("content")?.get("application/json")?.get("schema")?.get("$ref")?.as_str()?;
    let schema = schemas.get(reference.rsplit('/').next()?)?;
    schema.get("description")?.as_str()?.split("\n\n").next().map(str::to_owned)
}
