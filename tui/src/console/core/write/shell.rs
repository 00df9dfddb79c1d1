//! Words of a command line.

/// A word as a shell reads it.
pub(crate) fn quoted(word: &str) -> String {
    shlex::try_quote(word).map_or_else(|_| format!("{word:?}"), Into::into)
}

/// The option of a reason, if there is one.
pub(super) fn with_reason(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(" --reason {}", quoted(reason)) }
}
