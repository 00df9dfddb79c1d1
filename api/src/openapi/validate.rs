//! Validates a value against a schema of the document and reports all errors.
//!
//! Supports only the keywords that our own document uses. In return, every error message
//! says what is expected and what was sent, and suggests the correct spelling of a misspelled
//! name.
//!
//! The valid part of the value is returned as the schema spells it: without `null` for optional
//! fields, with integers for `85.0`, and with names for aliases.

use serde_json::{Map, Value};

use crate::error::body::FieldError;
use crate::openapi::{aliases, messages, scalars};

/// The maximum number of errors reported.
pub(crate) const MAX_ERRORS: usize = 50;

/// Fields whose values are secret, and never part of an error.
const SECRET_FIELDS: &[&str] = &["basic_auth", "cookies", "headers"];

/// A value that was validated.
#[derive(Debug)]
pub(crate) struct Validated {
    /// The value, without its invalid parts.
    pub(crate) value: Value,
    pub(crate) errors: Vec<FieldError>,
    /// The paths of the fields that are missing from the value because they are invalid, also
    /// those that a misspelled name probably meant.
    pub(crate) rejected: Vec<String>,
}

/// Validates a value against a named schema.
pub(super) fn validate(document: &Value, schema: &str, value: Value) -> Validated {
    let schema = format!("#/components/schemas/{schema}");
    validate_as(document, &serde_json::json!({"$ref": schema}), value, "")
}

/// Validates a value against a schema. Errors begin with the path, which is the body if it is
/// empty.
pub(super) fn validate_as(document: &Value, schema: &Value, value: Value, path: &str) -> Validated {
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
    let mut validator = Validator { schemas, errors: Vec::new(), rejected: Vec::new() };
    let value = validator.value(schema, value, &Path { text: path.to_owned(), is_secret: false });
    Validated { value: value.unwrap_or_default(), errors: validator.errors, rejected: validator.rejected }
}

/// Returns the keywords of a schema that are neither annotations nor enforced here.
#[cfg(test)]
pub(super) fn unenforced_keywords(schema: &Value) -> Vec<String> {
    const ANNOTATIONS: [&str; 6] = ["default", "deprecated", "description", "example", "format", "title"];
    let enforced: &[&str] = match schema.get("type").and_then(Value::as_str) {
        Some("object") if schema.get("discriminator").is_some() => &["type", "discriminator", "oneOf"],
        Some("object") => &["type", "properties", "required", "additionalProperties", "minProperties", "maxProperties"],
        Some("array") => &["type", "items", "minItems", "maxItems"],
        Some("string") => &["type", "minLength", "maxLength", "enum"],
        Some("boolean") => &["type"],
        Some("integer" | "number") => &["type", "minimum", "maximum"],
        Some(_) => &[],
        None => &["$ref", "allOf", "anyOf"],
    };
    let keywords = schema.as_object().into_iter().flat_map(Map::keys).map(String::as_str);
    let is_unenforced = |keyword: &&str| !ANNOTATIONS.contains(keyword) && !enforced.contains(keyword);
    keywords.filter(is_unenforced).map(str::to_owned).collect()
}

/// The path of a value, such as `jobs[3].viewport.width`.
struct Path {
    text: String,
    is_secret: bool,
}

impl Path {
    fn field(&self, name: &str) -> Self {
        let is_secret = self.is_secret || SECRET_FIELDS.contains(&name);
        let name = messages::truncated(name);
        Self { text: if self.text.is_empty() { name } else { format!("{}.{name}", self.text) }, is_secret }
    }

    fn item(&self, index: usize) -> Self {
        Self { text: format!("{}[{index}]", self.text), is_secret: self.is_secret }
    }

    fn name(&self) -> &str {
        if self.text.is_empty() { "body" } else { &self.text }
    }
}

struct Validator<'a> {
    schemas: Option<&'a Map<String, Value>>,
    errors: Vec<FieldError>,
    rejected: Vec<String>,
}

impl<'a> Validator<'a> {
    /// Reports an error in a value, which is thereby missing.
    fn reject(&mut self, path: &Path, message: impl Into<String>) -> Option<Value> {
        self.rejected.push(path.name().to_owned());
        if !self.is_full() {
            self.errors.push(FieldError::new(path.name(), message));
        }
        None
    }

    fn is_full(&self) -> bool {
        self.errors.len() >= MAX_ERRORS
    }

    fn resolve(&self, reference: &str) -> Option<&'a Value> {
        self.schemas?.get(reference.rsplit('/').next()?)
    }

    /// Returns the value as the schema spells it, or `None` if it is invalid.
    fn value(&mut self, schema: &'a Value, mut value: Value, path: &Path) -> Option<Value> {
        if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
            let Some(target) = self.resolve(target) else { return self.reject(path, "has no schema") };
            return self.value(target, value, path);
        }
        if let Some(mapping) = schema.pointer("/discriminator/mapping").and_then(Value::as_object) {
            return self.union(schema, mapping, value, path);
        }
        if let Some(options) = schema.get("anyOf").and_then(Value::as_array) {
            return self.any_of(options, &value, path);
        }
        for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            value = self.value(part, value, path)?;
        }
        let Some(kind) = schema.get("type").and_then(Value::as_str) else { return Some(value) };
        let value = if kind == "string" { aliases::text(path.name(), value) } else { value };
        match (kind, value) {
            ("object", Value::Object(object)) => self.object(schema, object, path),
            ("array", Value::Array(items)) => self.array(schema, items, path),
            (_, Value::Null) => self.reject(path, "must not be null"),
            (kind, value) => match scalars::validate(kind, schema, value, path.is_secret) {
                Ok(value) => Some(value),
                Err(message) => self.reject(path, message),
            },
        }
    }

    /// Validates against one of several schemas, selected by the discriminator.
    fn union(
        &mut self,
        schema: &'a Value,
        mapping: &'a Map<String, Value>,
        value: Value,
        path: &Path,
    ) -> Option<Value> {
        let Value::Object(object) = &value else {
            return self.reject(path, messages::wrong_type("object", &value, path.is_secret));
        };
        let property = schema.pointer("/discriminator/propertyName").and_then(Value::as_str).unwrap_or("type");
        let tag = object.get(property).and_then(Value::as_str);
        let target = tag.and_then(|tag| mapping.get(tag)).and_then(Value::as_str);
        if let Some(target) = target.and_then(|reference| self.resolve(reference)) {
            return self.value(target, value, path);
        }
        let known: Vec<_> = mapping.keys().map(String::as_str).collect();
        let message = tag.map_or_else(|| messages::one_of(&known), |tag| messages::not_one_of(tag, &known));
        self.rejected.push(path.name().to_owned());
        self.reject(&path.field(property), message)
    }

    /// Validates against the first of several schemas that the value has the type of.
    fn any_of(&mut self, options: &'a [Value], value: &Value, path: &Path) -> Option<Value> {
        let mut failed = None;
        for option in options {
            let (errors, rejected) = (self.errors.len(), self.rejected.len());
            if let Some(valid) = self.value(option, value.clone(), path)
                && self.errors.len() == errors
            {
                return Some(valid);
            }
            let errors = self.errors.split_off(errors.min(self.errors.len()));
            let rejected = self.rejected.split_off(rejected);
            let is_same_type = self.is_type_of(option, value);
            if failed.is_none() || is_same_type {
                failed = Some((errors, rejected));
            }
        }
        let (errors, rejected) = failed.unwrap_or_default();
        self.errors.extend(errors);
        self.rejected.extend(rejected);
        None
    }

    fn is_type_of(&self, schema: &'a Value, value: &Value) -> bool {
        let target = schema.get("$ref").and_then(Value::as_str).and_then(|reference| self.resolve(reference));
        match (target.unwrap_or(schema).get("type").and_then(Value::as_str), value) {
            (Some("object"), Value::Object(_))
            | (Some("array"), Value::Array(_))
            | (Some("string"), Value::String(_))
            | (Some("boolean"), Value::Bool(_))
            | (Some("integer" | "number"), Value::Number(_)) => true,
            (None | Some(_), _) => false,
        }
    }

    fn object(&mut self, schema: &'a Value, mut object: Map<String, Value>, path: &Path) -> Option<Value> {
        let properties = schema.get("properties").and_then(Value::as_object);
        let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
        let required: Vec<_> = required.filter_map(Value::as_str).collect();
        let is_known = |name: &str| properties.is_some_and(|properties| properties.contains_key(name));
        let is_optional = |name: &str| {
            let name = if is_known(name) { name } else { aliases::field(name).unwrap_or(name) };
            is_known(name) && !required.contains(&name)
        };
        object.retain(|name, value| !(value.is_null() && is_optional(name)));
        for name in required.iter().filter(|name| !object.contains_key(**name)) {
            self.reject(&path.field(name), "is required");
        }
        let (count, bound) = (object.len(), |name: &str| schema.get(name).and_then(Value::as_u64));
        let (min, max) = (bound("minProperties").unwrap_or(0), bound("maxProperties"));
        if (count as u64) < min || max.is_some_and(|max| count as u64 > max) {
            return self.reject(path, messages::wrong_count("fields", min, max, count));
        }
        let mut valid = Map::new();
        for (name, value) in object {
            if self.is_full() {
                break;
            }
            self.property(schema, &mut valid, name, value, path);
        }
        Some(Value::Object(valid))
    }

    /// Validates one field of an object.
    fn property(&mut self, schema: &'a Value, valid: &mut Map<String, Value>, name: String, value: Value, path: &Path) {
        let properties = schema.get("properties").and_then(Value::as_object);
        let find = |name: &str| properties.and_then(|properties| properties.get(name));
        let named = find(&name).map(|property| (name.as_str(), property));
        let aliased = || aliases::field(&name).and_then(|field| Some((field, find(field)?)));
        let at = path.field(&name);
        if let Some((field, property)) = named.or_else(aliased) {
            let Some(value) = self.value(property, value, &at) else { return };
            if valid.get(field).is_some_and(|other| *other != value) {
                let alias = path.field(aliases::alias_of(field).unwrap_or(field));
                self.reject(&alias, format!("contradicts `{field}`: send only one of them"));
            }
            valid.insert(field.to_owned(), value);
        } else if name.contains('\0') {
            self.reject(&at, "must not contain the character U+0000 in its name");
        } else if schema.get("additionalProperties") == Some(&Value::Bool(false)) {
            self.unknown(properties, &name, path);
        } else if let Some(each) = schema.get("additionalProperties").filter(|each| each.is_object()) {
            if let Some(value) = self.value(each, value, &at) {
                valid.insert(name, value);
            }
        } else {
            valid.insert(name, value);
        }
    }

    fn unknown(&mut self, properties: Option<&'a Map<String, Value>>, name: &str, path: &Path) {
        let known: Vec<_> = properties.into_iter().flat_map(Map::keys).map(String::as_str).collect();
        let nested = self.nested(properties);
        let (message, meant) = messages::unknown_field(name, &known, &nested);
        self.reject(&path.field(name), message);
        self.rejected.extend(meant.map(|meant| path.field(meant).text));
    }

    /// Returns the paths of the fields of fields, such as `viewport.width`.
    fn nested(&self, properties: Option<&'a Map<String, Value>>) -> Vec<String> {
        let mut paths = Vec::new();
        for (outer, schema) in properties.into_iter().flatten() {
            let part = schema.pointer("/allOf/0").unwrap_or(schema);
            let target = part.get("$ref").and_then(Value::as_str).and_then(|reference| self.resolve(reference));
            let inner = target.unwrap_or(part).get("properties").and_then(Value::as_object);
            paths.extend(inner.into_iter().flat_map(Map::keys).map(|inner| format!("{outer}.{inner}")));
        }
        paths
    }

    fn array(&mut self, schema: &'a Value, items: Vec<Value>, path: &Path) -> Option<Value> {
        let bound = |name: &str| schema.get(name).and_then(Value::as_u64);
        let (min, max, count) = (bound("minItems").unwrap_or(0), bound("maxItems"), items.len());
        if (count as u64) < min || max.is_some_and(|max| count as u64 > max) {
            return self.reject(path, messages::wrong_count("items", min, max, count));
        }
        let Some(each) = schema.get("items") else { return Some(Value::Array(items)) };
        let mut valid = Vec::with_capacity(count);
        for (index, item) in items.into_iter().enumerate() {
            if self.is_full() {
                break;
            }
            valid.extend(self.value(each, item, &path.item(index)));
        }
        if valid.len() < count {
            self.rejected.push(path.name().to_owned());
            return None;
        }
        Some(Value::Array(valid))
    }
}

#[cfg(test)]
mod tests;
