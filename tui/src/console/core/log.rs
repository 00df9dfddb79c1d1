//! The log of writes: what this console changed, for the operator's notes.

use std::time::Duration;

/// A write, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The command that does the same.
    pub(crate) command_line: String,
    /// A summary of the change, or why nothing was changed.
    pub(crate) outcome: Result<String, String>,
    /// How long it took.
    pub(crate) took: Duration,
    /// When it ended, since the start of the console.
    pub(crate) at: Duration,
}
