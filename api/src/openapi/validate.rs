//! Validates a value against a schema of the document and reports all errors.
//!
//! Supports only the keywords that our own document uses. In return, every error message
//! says what is expected, and suggests the correct spelling of a misspelled name.

use serde_json::{Map, Value};

use crate::error::body::FieldError;
use crate::openapi::messages;

/// The maximum number of errors reported.
const MAX_ERRORS: usize = 50;

/// Validates a value against a named schema and returns all errors.
pub(super) fn validate(document: &Value, schema: &str, value: &Value) -> Vec<FieldError> {
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
    let mut validator = Validator { schemas, errors: Vec::new() };
    match schemas.and_then(|schemas| schemas.get(schema)) {
        Some(schema) => validator.value(schema, value, &Path(String::new())),
        None => validator.errors.push(FieldError::new("body", "has no schema")),
    }
    validator.errors
}

/// Returns the keywords of a schema that are neither annotations nor enforced here.
#[cfg(test)]
pub(super) fn unenforced_keywords(schema: &Value) -> Vec<String> {
    const ANNOTATIONS: [&str; 6] = ["default", "deprecated", "description", "example", "format", "title"];
    let enforced: &[&str] = match schema.get("type").and_then(Value::as_str) {
        Some("object") if schema.get("discriminator").is_some() => &["type", "discriminator", "oneOf"],
        Some("object") => &["type", "properties", "required", "additionalProperties"],
        Some("array") => &["type", "items", "minItems", "maxItems"],
        Some("string") => &["type", "maxLength", "enum"],
        Some("boolean") => &["type"],
        Some("integer" | "number") => &["type", "minimum", "maximum"],
        Some(_) => &[],
        None => &["$ref", "allOf"],
    };
    let keywords = schema.as_object().into_iter().flat_map(Map::keys).map(String::as_str);
    let is_unenforced = |keyword: &&str| !ANNOTATIONS.contains(keyword) && !enforced.contains(keyword);
    keywords.filter(is_unenforced).map(str::to_owned).collect()
}

/// The path of a value, such as `jobs[3].viewport.width`.
struct Path(String);

impl Path {
    fn field(&self, name: &str) -> Self {
        Self(if self.0.is_empty() { name.to_owned() } else { format!("{}.{name}", self.0) })
    }

    fn item(&self, index: usize) -> Self {
        Self(format!("{}[{index}]", self.0))
    }

    fn name(&self) -> &str {
        if self.0.is_empty() { "body" } else { &self.0 }
    }
}

struct Validator<'a> {
    schemas: Option<&'a Map<String, Value>>,
    errors: Vec<FieldError>,
}

impl<'a> Validator<'a> {
    fn error(&mut self, path: &Path, message: impl Into<String>) {
        if !self.is_full() {
            self.errors.push(FieldError::new(path.name(), message));
        }
    }

    fn is_full(&self) -> bool {
        self.errors.len() >= MAX_ERRORS
    }

    fn resolve(&self, reference: &str) -> Option<&'a Value> {
        self.schemas?.get(reference.rsplit('/').next()?)
    }

    fn value(&mut self, schema: &'a Value, value: &Value, path: &Path) {
        if let Some(target) = schema.get("$ref").and_then(Value::as_str).and_then(|name| self.resolve(name)) {
            return self.value(target, value, path);
        }
        if let Some(mapping) = schema.pointer("/discriminator/mapping").and_then(Value::as_object) {
            return self.union(schema, mapping, value, path);
        }
        for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            self.value(part, value, path);
        }
        let Some(kind) = schema.get("type").and_then(Value::as_str) else { return };
        match (kind, value) {
            ("object", Value::Object(object)) => self.object(schema, object, path),
            ("array", Value::Array(items)) => self.array(schema, items, path),
            ("string", Value::String(text)) => self.string(schema, text, path),
            ("boolean", Value::Bool(_)) => {}
            ("integer", Value::Number(number)) if number.is_i64() || number.is_u64() => {
                self.number(schema, number.as_f64(), path);
            }
            ("number", Value::Number(number)) => self.number(schema, number.as_f64(), path),
            (_, Value::Null) => self.error(path, "must not be null: omit it instead"),
            (kind, value) => self.error(path, messages::wrong_type(kind, value)),
        }
    }

    /// Validates against one of several schemas, selected by the discriminator.
    fn union(&mut self, schema: &'a Value, mapping: &'a Map<String, Value>, value: &Value, path: &Path) {
        let Value::Object(object) = value else {
            return self.error(path, messages::wrong_type("object", value));
        };
        let property = schema.pointer("/discriminator/propertyName").and_then(Value::as_str).unwrap_or("type");
        let tag = object.get(property).and_then(Value::as_str);
        let target = tag.and_then(|tag| mapping.get(tag)).and_then(Value::as_str);
        match target.and_then(|reference| self.resolve(reference)) {
            Some(target) => self.value(target, value, path),
            None => self.error(&path.field(property), messages::one_of(mapping.keys().map(String::as_str))),
        }
    }

    fn object(&mut self, schema: &'a Value, object: &Map<String, Value>, path: &Path) {
        let properties = schema.get("properties").and_then(Value::as_object);
        for name in schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
            if !object.contains_key(name) {
                self.error(&path.field(name), "is required");
            }
        }
        let is_open = schema.get("additionalProperties") != Some(&Value::Bool(false));
        for (name, value) in object {
            if self.is_full() {
                return;
            }
            match properties.and_then(|properties| properties.get(name)) {
                Some(property) => self.value(property, value, &path.field(name)),
                None if is_open => {}
                None => {
                    let known: Vec<_> = properties.into_iter().flat_map(Map::keys).map(String::as_str).collect();
                    self.error(&path.field(&messages::truncated(name)), messages::unknown_field(name, &known));
                }
            }
        }
    }

    fn array(&mut self, schema: &'a Value, items: &[Value], path: &Path) {
        let bound = |name: &str| schema.get(name).and_then(Value::as_u64);
        let (min, max) = (bound("minItems").unwrap_or(0), bound("maxItems").unwrap_or(u64::MAX));
        if !(min..=max).contains(&(items.len() as u64)) {
            return self.error(path, format!("must have {min} to {max} items, not {}", items.len()));
        }
        let Some(each) = schema.get("items") else { return };
        for (index, item) in items.iter().enumerate() {
            self.value(each, item, &path.item(index));
        }
    }

    fn string(&mut self, schema: &'a Value, text: &str, path: &Path) {
        if text.contains('\0') {
            return self.error(path, "must not contain the character U+0000");
        }
        let max = schema.get("maxLength").and_then(Value::as_u64).unwrap_or(u64::MAX);
        if text.chars().count() as u64 > max {
            return self.error(path, format!("must be at most {max} characters long"));
        }
        if let Some(known) = schema.get("enum").and_then(Value::as_array) {
            let known: Vec<_> = known.iter().filter_map(Value::as_str).collect();
            if !known.contains(&text) {
                self.error(path, messages::not_one_of(text, &known));
            }
        }
    }

    fn number(&mut self, schema: &'a Value, number: Option<f64>, path: &Path) {
        let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
        let (min, max) = (bound("minimum"), bound("maximum"));
        let is_within =
            number.is_some_and(|number| min.is_none_or(|min| number >= min) && max.is_none_or(|max| number <= max));
        if !is_within {
            self.error(path, messages::out_of_range(min, max));
        }
    }
}

#[cfg(test)]
mod tests;
