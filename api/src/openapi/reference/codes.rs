//! Describes the codes of errors and of failed jobs, as enums.

use domain::job;
use serde_json::{Map, Value, json};
use strum::{IntoEnumIterator, VariantArray};

use super::operations::schemas;
use crate::error::code::Code;
use crate::wire::response::job_error;

/// The schemas whose `error_code` is the code of a request and not that of a job.
const WITH_REQUEST_CODES: &[&str] = &["BulkEntry"];

/// Adds the enums, and refers to them wherever a code is sent.
pub(super) fn describe(document: &mut Value) {
    let Some(schemas) = schemas(document) else { return };
    for (name, schema) in schemas.iter_mut() {
        let enumeration = if WITH_REQUEST_CODES.contains(&name.as_str()) { "ErrorCode" } else { "JobErrorCode" };
        refer(schema, "error_code", enumeration);
        if name.starts_with("Error") {
            refer(schema, "code", "ErrorCode");
        }
    }
    schemas.insert("ErrorCode".to_owned(), error_code());
    schemas.insert("JobErrorCode".to_owned(), job_error_code());
    schemas.sort_keys();
}

/// Replaces a string property by a reference to an enum, and keeps its description.
fn refer(schema: &mut Value, property: &str, enumeration: &str) {
    let property = schema.get_mut("properties").and_then(|properties| properties.get_mut(property));
    let Some(property) = property.and_then(Value::as_object_mut) else { return };
    if property.remove("type").is_some() {
        property.insert("allOf".to_owned(), json!([{"$ref": format!("#/components/schemas/{enumeration}")}]));
    }
}

fn error_code() -> Value {
    let meaning = |code: &Code| format!("`{}` ({}): {}.", code.name(), code.status().as_u16(), code.meaning());
    enumeration(
        "Why a request failed. Later versions may add codes: handle an unknown code by the status of the response.",
        Code::VARIANTS.iter().map(|code| (code.name().to_owned(), meaning(code))).collect(),
    )
}

fn job_error_code() -> Value {
    let codes = job::ErrorCode::iter().map(|code| {
        let name = code.name().to_owned();
        let meaning = job_error::meaning(&name).unwrap_or_default();
        (name.clone(), format!("`{name}`: {meaning}."))
    });
    enumeration(
        "Why a job failed. Failed jobs are refunded. Later versions may add codes: handle an unknown code as a failure \
         that a retry may not resolve.",
        codes.collect(),
    )
}

fn enumeration(description: &str, codes: Vec<(String, String)>) -> Value {
    let (names, lines): (Vec<_>, Vec<_>) = codes.into_iter().unzip();
    let list = lines.iter().map(|line| format!("* {line}")).collect::<Vec<_>>().join("\n");
    let mut schema = Map::new();
    schema.insert("type".to_owned(), json!("string"));
    schema.insert("description".to_owned(), json!(format!("{description}\n\n{list}")));
    schema.insert("enum".to_owned(), json!(names));
    Value::Object(schema)
}
