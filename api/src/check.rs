//! Checks a value against a schema of the document, and names everything that is wrong.
//!
//! Knows the dozen keywords that our own document uses, which is why every message can
//! say what is wanted, and what a misspelt name was probably meant to be.

mod words;

pub(crate) use words::shortened;

use serde_json::{Map, Value};

use crate::wire::error::FieldError;

/// Everything that is wrong with a value that should be of a named schema.
pub(crate) fn check(document: &Value, schema: &str, value: &Value) -> Vec<FieldError> {
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
    let mut walk = Walk { schemas, errors: Vec::new() };
    match schemas.and_then(|schemas| schemas.get(schema)) {
        Some(schema) => walk.value(schema, value, &Path(String::new())),
        None => walk.errors.push(FieldError::new("body", "has no schema")),
    }
    walk.errors
}

/// How many faults are named.
const MOST_FAULTS: usize = 50;

/// Where a value is: `jobs[3].viewport.width`.
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

struct Walk<'a> {
    schemas: Option<&'a Map<String, Value>>,
    errors: Vec<FieldError>,
}

impl<'a> Walk<'a> {
    /// Notes a fault; of more than a screenful nobody reads the rest.
    fn wrong(&mut self, path: &Path, message: impl Into<String>) {
        if !self.is_full() {
            self.errors.push(FieldError::new(path.name(), message));
        }
    }

    fn is_full(&self) -> bool {
        self.errors.len() >= MOST_FAULTS
    }

    fn resolve(&self, reference: &str) -> Option<&'a Value> {
        self.schemas?.get(reference.rsplit('/').next()?)
    }

    fn value(&mut self, schema: &'a Value, value: &Value, path: &Path) {
        if let Some(target) = schema.get("$ref").and_then(Value::as_str).and_then(|name| self.resolve(name)) {
            return self.value(target, value, path);
        }
        if let Some(mapping) = schema.pointer("/discriminator/mapping").and_then(Value::as_object) {
            return self.tagged(schema, mapping, value, path);
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
            (_, Value::Null) => self.wrong(path, "must not be null: leave it out instead"),
            (kind, value) => self.wrong(path, words::expected(kind, value)),
        }
    }

    /// One of several shapes, told apart by a field.
    fn tagged(&mut self, schema: &'a Value, mapping: &'a Map<String, Value>, value: &Value, path: &Path) {
        let Value::Object(object) = value else {
            return self.wrong(path, words::expected("object", value));
        };
        let property = schema.pointer("/discriminator/propertyName").and_then(Value::as_str).unwrap_or("type");
        let tag = object.get(property).and_then(Value::as_str);
        let target = tag.and_then(|tag| mapping.get(tag)).and_then(Value::as_str);
        match target.and_then(|reference| self.resolve(reference)) {
            Some(target) => self.value(target, value, path),
            None => self.wrong(&path.field(property), words::one_of(mapping.keys().map(String::as_str))),
        }
    }

    fn object(&mut self, schema: &'a Value, object: &Map<String, Value>, path: &Path) {
        let properties = schema.get("properties").and_then(Value::as_object);
        for name in schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
            if !object.contains_key(name) {
                self.wrong(&path.field(name), "is missing");
            }
        }
        let open = schema.get("additionalProperties") != Some(&Value::Bool(false));
        for (name, value) in object {
            if self.is_full() {
                return;
            }
            match properties.and_then(|properties| properties.get(name)) {
                Some(property) => self.value(property, value, &path.field(name)),
                None if open => {}
                None => {
                    let known: Vec<_> = properties.into_iter().flat_map(Map::keys).map(String::as_str).collect();
                    self.wrong(&path.field(&words::shortened(name)), words::unknown(name, &known));
                }
            }
        }
    }

    fn array(&mut self, schema: &'a Value, items: &[Value], path: &Path) {
        let bound = |name: &str| schema.get(name).and_then(Value::as_u64);
        let (least, most) = (bound("minItems").unwrap_or(0), bound("maxItems").unwrap_or(u64::MAX));
        if !(least..=most).contains(&(items.len() as u64)) {
            return self.wrong(path, format!("must have {least} to {most} entries, not {}", items.len()));
        }
        let Some(each) = schema.get("items") else { return };
        for (index, item) in items.iter().enumerate() {
            self.value(each, item, &path.item(index));
        }
    }

    fn string(&mut self, schema: &'a Value, text: &str, path: &Path) {
        if text.contains('\0') {
            return self.wrong(path, "must not contain the character U+0000");
        }
        let most = schema.get("maxLength").and_then(Value::as_u64).unwrap_or(u64::MAX);
        if text.chars().count() as u64 > most {
            return self.wrong(path, format!("must be at most {most} characters long"));
        }
        if let Some(known) = schema.get("enum").and_then(Value::as_array) {
            let known: Vec<_> = known.iter().filter_map(Value::as_str).collect();
            if !known.contains(&text) {
                self.wrong(path, words::not_one_of(text, &known));
            }
        }
    }

    fn number(&mut self, schema: &'a Value, number: Option<f64>, path: &Path) {
        let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
        let (least, most) = (bound("minimum"), bound("maximum"));
        let fits = number
            .is_some_and(|number| least.is_none_or(|least| number >= least) && most.is_none_or(|most| number <= most));
        if !fits {
            self.wrong(path, words::range(least, most));
        }
    }
}

#[cfg(test)]
mod tests;
