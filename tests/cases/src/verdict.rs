//! Whether a render of a case is right.

use std::fmt;

use serde_json::Value;

use crate::case::Case;
use crate::expect::holds;
use crate::measure::{Measured, measure};
use crate::rendered::Rendered;

/// The values of a case.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// The case.
    pub id: String,
    /// The values found, by measure.
    pub found: Vec<Value>,
    /// The expected values.
    pub expected: Vec<Value>,
    /// The measures whose values are wrong.
    pub wrong: Vec<String>,
}

/// Measures a render, and compares it with what is expected.
///
/// # Errors
///
/// If a measure is unknown, or a file cannot be read.
pub async fn judge(case: &Case, rendered: &Rendered) -> anyhow::Result<Verdict> {
    let mut found = Vec::new();
    let mut wrong = Vec::new();
    let measured = Measured::of(rendered)?;
    for (what, expected) in case.measure.iter().zip(&case.expected) {
        let value = measure(what, &measured).await?;
        if !holds(&value, expected) {
            wrong.push(Value::from(what.clone()).to_string());
        }
        found.push(value);
    }
    Ok(Verdict { id: case.id.clone(), found, expected: case.expected.clone(), wrong })
}

impl Verdict {
    /// Whether every value is as expected.
    pub fn is_right(&self) -> bool {
        self.wrong.is_empty()
    }

    /// Whether nothing but the time is wrong.
    pub fn is_only_late(&self) -> bool {
        self.wrong == [r#"["ms"]"#]
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = Value::from(self.found.clone());
        let expected = Value::from(self.expected.clone());
        write!(f, "{}: found {found}, expected {expected}, wrong: {}", self.id, self.wrong.join(" "))
    }
}
