//! The state that the tasks of the terminal and its user share.

use std::sync::atomic::AtomicBool;

/// The state that the tasks of the terminal and its user share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    /// Whether the shell has the terminal.
    pub(super) is_suspended: AtomicBool,
    /// Whether nothing is known of what the terminal shows.
    pub(super) must_clear: AtomicBool,
}
