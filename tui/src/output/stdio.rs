//! Messages on stderr. Results on stdout are printed by `service::print`.

use service::stderr;

/// Prints a message, prefixed with the program's name.
pub(crate) fn note(message: &str) {
    stderr::write_line(&format!("tintype: {message}"));
}
