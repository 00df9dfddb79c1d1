//! Output: JSON for programs, text for people.

pub(crate) mod format;
mod json;
mod stdio;
pub(crate) mod table;

use std::io;

use serde::Serialize;

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
        match self {
            Self::Json => json::print(value),
            Self::Text => stdio::print_line(&text()),
        }
    }

    /// Prints an error on stderr.
    pub(crate) fn print_error(self, message: &str) {
        match self {
            Self::Json => json::print_error(message),
            Self::Text => note(message),
        }
    }
}
