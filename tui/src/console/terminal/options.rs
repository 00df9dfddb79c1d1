//! Options: how the console uses the terminal.

use std::time::Duration;

/// How the console uses the terminal.
#[derive(Debug, Clone)]
pub(in crate::console) struct Options {
    /// Whether the terminal may be asked what it is.
    pub(in crate::console) may_ask: bool,
    /// Whether it is reached over SSH, where a sequence may arrive in pieces.
    pub(in crate::console) is_remote: bool,
    /// Whether it is tmux, which passes sequences on only if they are marked.
    pub(in crate::console) is_tmux: bool,
}

impl Options {
    /// How long a lone `ESC` is held.
    pub(in crate::console) fn hold(&self) -> Duration {
        Duration::from_millis(if self.is_remote { 100 } else { 50 })
    }

    /// Frames are at least this far apart.
    pub(in crate::console) fn min_frame(&self) -> Duration {
        Duration::from_millis(if self.is_remote { 50 } else { 16 })
    }

    /// Reads them from the environment.
    pub(in crate::console) fn from_environment() -> Self {
        let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let term = std::env::var("TERM").unwrap_or_default();
        Self {
            may_ask: !matches!(term.as_str(), "" | "dumb" | "linux"),
            is_remote: is_set("SSH_TTY") || is_set("SSH_CONNECTION"),
            is_tmux: is_set("TMUX") || term.starts_with("tmux"),
        }
    }
}
