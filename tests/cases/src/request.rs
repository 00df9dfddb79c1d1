//! The body of a case's request.

use anyhow::Context;
use serde_json::{Map, Value};

use crate::case::{Case, page};

impl Case {
    /// Returns the body of its request: `{site}` is the URL of the site, `@name` the text of an input, and
    /// `%rows16000` a table of 16,000 rows.
    pub fn request(&self, site: &str) -> anyhow::Result<Value> {
        fill(&self.body, site)
    }
}

fn fill(value: &Value, site: &str) -> anyhow::Result<Value> {
    match value {
        Value::Object(fields) => {
            let filled = fields.iter().map(|(name, value)| Ok((name.clone(), fill(value, site)?)));
            Ok(Value::Object(filled.collect::<anyhow::Result<Map<_, _>>>()?))
        }
        Value::String(text) => Ok(Value::String(fill_text(text, site)?)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => Ok(value.clone()),
    }
}

fn fill_text(text: &str, site: &str) -> anyhow::Result<String> {
    if let Some(name) = text.strip_prefix('@') {
        return String::from_utf8(page(name, site)?).with_context(|| format!("{name} is not UTF-8"));
    }
    if let Some(rows) = text.strip_prefix("%rows") {
        return Ok(table(rows.parse().context("the number of rows")?));
    }
    Ok(text.replace("{site}", site))
}

fn table(rows: usize) -> String {
    let row = |row: usize| format!("<tr><td>{row}</td><td>row number {row} with text</td><td>{}</td></tr>", row * 3);
    format!("<!doctype html><table border=1>{}</table>", (0..rows).map(row).collect::<String>())
}
