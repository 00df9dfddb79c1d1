//! The terminal guard: raw mode and the alternate screen, left on every exit.

use std::io::{self, stdout};
use std::mem::ManuallyDrop;
use std::panic;

use crossterm::execute;
use crossterm::terminal::{EnterAlternateScreen, enable_raw_mode};
use ratatui::DefaultTerminal;
use ratatui::backend::CrosstermBackend;

/// Restores the terminal when it is dropped. Before the message of a panic, a hook does.
///
/// What ratatui itself offers for this prints an error on the terminal that it cannot restore,
/// and panics if the terminal is closed. So does its terminal when it is dropped.
pub(super) struct TerminalGuard(ManuallyDrop<DefaultTerminal>);

impl TerminalGuard {
    /// Enters raw mode and the alternate screen.
    pub(super) fn enter() -> io::Result<Self> {
        let hook = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            let _closed = ratatui::try_restore();
            hook(panic);
        }));
        enable_raw_mode()?;
        let entered = execute!(stdout(), EnterAlternateScreen)
            .and_then(|()| DefaultTerminal::new(CrosstermBackend::new(stdout())));
        if entered.is_err() {
            let _closed = ratatui::try_restore();
        }
        entered.map(|terminal| Self(ManuallyDrop::new(terminal)))
    }

    /// The terminal to draw on.
    pub(super) fn terminal(&mut self) -> &mut DefaultTerminal {
        &mut self.0
    }
}

impl Drop for TerminalGuard {
    fn drop(&mut self) {
        let _closed = self.0.show_cursor();
        let _closed = ratatui::try_restore();
    }
}
