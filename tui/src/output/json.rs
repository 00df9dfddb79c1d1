//! JSON output: one value on one line.

use std::io;

use serde::Serialize;
use serde_json::json;

use super::stdio;

/// Prints a value on stdout.
pub(super) fn print(value: &impl Serialize) -> io::Result<()> {
    stdio::print_line(&serde_json::to_string(value)?)
}

/// Prints an error on stderr.
pub(super) fn print_error(message: &str) {
    stdio::print_error_line(&json!({ "error": message }).to_string());
}
