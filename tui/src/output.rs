//! Output: JSON for programs, text for people.

pub(crate) mod format;
mod stdio;
pub(crate) mod table;

use std::io;

use serde::Serialize;
use serde_json::json;
use service::{print as stdout, stderr};

pub(crate) use stdio::note;

/// How results and errors are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OutputFormat {
    /// Text for people.
    Text,
    /// One JSON value on one line.
    Json,
}

impl OutputFormat {
    /// Prints a result on stdout: the value as JSON, or its description as text.
    pub(crate) fn print(self, value: &impl Serialize, text: impl FnOnce() -> String) -> io::Result<()> {
        stdout::line(&self.format(value, text)?)
    }

    /// Returns what [`print`](Self::print) prints.
    pub(crate) fn format(self, value: &impl Serialize, text: impl FnOnce() -> String) -> io::Result<String> {
        match self {
            Self::Json => Ok(serde_json::to_string(value)?),
            Self::Text => Ok(text()),
        }
    }

    /// Prints an error on stderr.
    pub(crate) fn print_error(self, message: &str) {
        match self {
            Self::Json => stderr::write_line(&json!({ "error": message }).to_string()),
            Self::Text => note(message),
        }
    }
}
