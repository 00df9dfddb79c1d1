//! The terminal guard: raw mode and the alternate screen, left on every exit.

use std::io;

use ratatui::DefaultTerminal;

/// Restores the terminal when it is dropped. After a panic, the hook that `try_init` installs
/// does.
pub(super) struct TerminalGuard(DefaultTerminal);

impl TerminalGuard {
    /// Enters raw mode and the alternate screen.
    pub(super) fn enter() -> io::Result<Self> {
        ratatui::try_init().map(Self)
    }

    /// The terminal to draw on.
    pub(super) fn terminal(&mut self) -> &mut DefaultTerminal {
        &mut self.0
    }
}

impl Drop for TerminalGuard {
    fn drop(&mut self) {
        ratatui::restore();
    }
}
