//! Lines: an event as text or as JSON, on one line whatever its values contain.

use std::fmt::Write as _;

use serde_json::{Map, Value};
use tracing::Level;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};

use super::fields::Fields;

/// The longest line, in bytes. Fields that do not fit are left out, and `truncated` says so.
pub(super) const MAX_LINE_BYTES: usize = 16 * 1024;

/// The names that every line has for itself. A field of such a name gets a `_` behind it.
const OWN: [&str; 4] = ["timestamp", "level", "target", "message"];

/// One line of the log.
pub(super) struct Line {
    timestamp: String,
    level: &'static str,
    target: String,
    message: String,
    fields: Fields,
}

impl Line {
    pub(super) fn new(level: Level, target: &str, mut fields: Fields) -> Self {
        let mut timestamp = String::new();
        // Formatting the clock into a string does not fail.
        let _always_ok = SystemTime.format_time(&mut Writer::new(&mut timestamp));
        // Libraries that log by the crate `log` have their target in a field.
        let target = fields.take("log.target").unwrap_or_else(|| target.to_owned());
        fields.remove_all("log.");
        let message = fields.take("message").unwrap_or_default();
        Self { timestamp, level: level.as_str(), target, message, fields }
    }

    /// Returns the line as a flat JSON object.
    pub(super) fn json(self) -> String {
        let mut object = Map::new();
        let own = [self.timestamp, self.level.to_ascii_lowercase(), self.target, self.message];
        for (name, value) in OWN.into_iter().zip(own) {
            object.insert(name.to_owned(), value.into());
        }
        let mut length = escaped(&Value::Object(object.clone())).len() + r#","truncated":true"#.len() + 1;
        for (name, value) in self.fields.iter() {
            let name = if OWN.contains(&name) { format!("{name}_") } else { name.to_owned() };
            length += name.len() + escaped(value).len() + r#","":"#.len();
            if length > MAX_LINE_BYTES {
                object.insert("truncated".to_owned(), true.into());
                break;
            }
            object.insert(name, value.clone());
        }
        escaped(&Value::Object(object)) + "\n"
    }

    /// Returns the line as text for people.
    pub(super) fn text(self, colors: bool) -> String {
        let (color, reset) = if colors { (color(self.level), "\u{1b}[0m") } else { ("", "") };
        let (level, target) = (self.level, &self.target);
        let mut line = format!("{} {color}{level:>5}{reset} {target}: {}", self.timestamp, plain(&self.message));
        for (name, value) in self.fields.iter() {
            let bare = value.as_str().filter(|text| is_bare(text));
            let value = bare.map_or_else(|| escaped(value), str::to_owned);
            if line.len() + name.len() + value.len() + 20 > MAX_LINE_BYTES {
                line.push_str(" truncated=true");
                break;
            }
            // Writing to a string does not fail.
            let _always_ok = write!(line, " {name}={value}");
        }
        line.push('\n');
        line
    }
}

/// Returns a value as JSON in which no character can end the line, or change how a terminal or a viewer
/// shows it.
fn escaped(value: &Value) -> String {
    escape(&value.to_string())
}

/// Returns a message with the same characters escaped, without quotes.
fn plain(message: &str) -> String {
    escape(message)
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if is_harmful(character) {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                let _always_ok = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(character);
        }
    }
    escaped
}

/// Whether a character ends a line, is a control code of terminals, or reverses the text around it.
fn is_harmful(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        )
}

/// Whether a value can be read without quotes.
fn is_bare(text: &str) -> bool {
    !text.is_empty() && !text.chars().any(|c| c.is_whitespace() || matches!(c, '"' | '=' | '\\') || is_harmful(c))
}

fn color(level: &str) -> &'static str {
    match level {
        "ERROR" => "\u{1b}[31m",
        "WARN" => "\u{1b}[33m",
        "INFO" => "\u{1b}[32m",
        _ => "\u{1b}[2m",
    }
}

#[cfg(test)]
mod tests;
