//! Gives the variants of unions names that a person would choose.

use serde_json::{Value, json};

use super::operations::schemas;

const SCHEMAS: &str = "#/components/schemas/";

/// poem-openapi names a variant of a union after both, such as `BulkJob_PdfRequest`. It becomes
/// `PdfJob`, and its discriminator gets a description.
pub(super) fn rename(document: &mut Value) {
    let Some(schemas) = schemas(document) else { return };
    for (old, mut schema) in std::mem::take(schemas) {
        let name = chosen(&old).unwrap_or(old);
        describe_discriminator(&mut schema);
        schemas.insert(name, schema);
    }
    rename_references(document);
}

/// Returns the name for a variant of a union, and `None` for any other schema.
fn chosen(emitted: &str) -> Option<String> {
    let (_, variant) = emitted.rsplit_once('_')?;
    Some(variant.strip_suffix("Request").map_or_else(|| variant.to_owned(), |kind| format!("{kind}Job")))
}

fn rename_references(node: &mut Value) {
    match node {
        Value::String(text) => {
            if let Some(name) = text.strip_prefix(SCHEMAS).and_then(chosen) {
                *text = format!("{SCHEMAS}{name}");
            }
        }
        Value::Array(items) => items.iter_mut().for_each(rename_references),
        Value::Object(object) => object.values_mut().for_each(rename_references),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn describe_discriminator(schema: &mut Value) {
    let Some(Value::Object(kind)) = schema.pointer_mut("/properties/type") else { return };
    if let Some([Value::String(only)]) = kind.get("enum").and_then(Value::as_array).map(Vec::as_slice) {
        let description = format!("The type of the job: always `{only}`.");
        kind.entry("description").or_insert(json!(description));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::rename;

    #[test]
    fn a_variant_of_a_union_is_renamed_wherever_it_is_referenced() {
        let reference = |name: &str| json!(format!("#/components/schemas/{name}"));
        let kind = json!({"type": "string", "enum": ["pdf"]});
        let mut document = json!({"components": {"schemas": {
            "BulkJob": {"oneOf": [{"$ref": reference("BulkJob_PdfRequest")}],
                "discriminator": {"mapping": {"pdf": reference("BulkJob_PdfRequest")}}},
            "BulkJob_PdfRequest": {"properties": {"type": kind}},
            "PdfRequest": {},
        }}});

        rename(&mut document);

        let schemas = &document["components"]["schemas"];
        assert_eq!(schemas["BulkJob"]["oneOf"][0]["$ref"], reference("PdfJob"));
        assert_eq!(schemas["BulkJob"]["discriminator"]["mapping"]["pdf"], reference("PdfJob"));
        assert_eq!(schemas["PdfJob"]["properties"]["type"]["description"], "The type of the job: always `pdf`.");
        assert!(schemas.get("PdfRequest").is_some() && schemas.get("BulkJob_PdfRequest").is_none(), "{schemas}");
    }
}
