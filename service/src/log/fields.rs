//! The fields of an event or a span.

use std::fmt::{Debug, Write};

use serde_json::Value;
use tracing::field::{Field, Visit};

/// The longest value that is kept before it is escaped, in bytes. The rest is cut off.
const MAX_VALUE_BYTES: usize = 2048;

/// Named values, in the order in which they were first recorded.
#[derive(Debug, Default)]
pub(super) struct Fields(Vec<(&'static str, Value)>);

impl Fields {
    /// Adds copies of other fields. They replace those of the same name.
    pub(super) fn extend(&mut self, other: &Self) {
        for (name, value) in &other.0 {
            self.put(name, value.clone());
        }
    }

    /// Removes a field, and returns its value as text.
    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        let index = self.0.iter().position(|(known, _)| *known == name)?;
        let value = self.0.remove(index).1;
        Some(if let Value::String(text) = value { text } else { value.to_string() })
    }

    /// Removes the fields whose names start with this.
    pub(super) fn remove_all(&mut self, prefix: &str) {
        self.0.retain(|(name, _)| !name.starts_with(prefix));
    }

    /// Returns the names and values.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        self.0.iter().map(|(name, value)| (*name, value))
    }

    fn put(&mut self, name: &'static str, value: Value) {
        let name = name.strip_prefix("r#").unwrap_or(name);
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None => self.0.push((name, value)),
        }
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field.name(), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field.name(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field.name(), value.into());
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.put(field.name(), u64::try_from(value).map_or_else(|_| value.to_string().into(), Value::from));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field.name(), value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let end = value.floor_char_boundary(MAX_VALUE_BYTES);
        let cut = if end < value.len() { "…" } else { "" };
        self.put(field.name(), format!("{}{cut}", value.get(..end).unwrap_or_default()).into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let mut text = Bounded(String::new());
        // An error only means that the rest was cut off.
        let _cut = write!(text, "{value:?}");
        self.put(field.name(), text.0.into());
    }
}

/// Text that takes no more than [`MAX_VALUE_BYTES`], so that a huge value is not formatted whole.
struct Bounded(String);

impl Write for Bounded {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let end = text.floor_char_boundary(MAX_VALUE_BYTES.saturating_sub(self.0.len()));
        self.0.push_str(text.get(..end).unwrap_or_default());
        if end < text.len() {
            self.0.push('…');
            return Err(std::fmt::Error);
        }
        Ok(())
    }
}
