//! The terminal: entered once, left on every way out, and never waited for.
//!
//! Bytes go both ways over descriptors of the console's own, which do not block: a terminal that does not read stops
//! neither keys nor signals nor data, and a frame is drawn when the previous one has been read.

mod capabilities;
mod clipboard;
mod crash;
mod decode;
mod events;
mod guard;
mod options;
mod output;
mod screen;
mod shared;
mod tty;

pub(super) use capabilities::Capabilities;
#[cfg(debug_assertions)]
pub(super) use crash::panic_in_tests;
pub(super) use options::Options;

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use ratatui::Frame;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::core::input::Input;
use super::core::message::Message;
use guard::Guard;
use output::Output;
use screen::Screen;
use shared::Shared;

/// A terminal that shows the console. Dropping it restores what was there before.
#[derive(Debug)]
pub(super) struct Terminal {
    options: Options,
    screen: ratatui::Terminal<Screen>,
    output: Output,
    shared: Arc<Shared>,
    capabilities: watch::Receiver<Capabilities>,
    was_drawn: bool,
    _events: JoinSet<()>,
    _guard: Guard,
}

impl Terminal {
    /// Enters the terminal. Panics of tasks are reported as notes.
    pub(super) fn enter(options: Options, notes: mpsc::Sender<Message>) -> io::Result<(Self, mpsc::Receiver<Input>)> {
        // The theme says what is drawn, and knows about NO_COLOR.
        crossterm::style::force_color_output(true);
        let output = Output::new(tty::open(&io::stdout())?)?;
        let guard = Guard::enter()?;
        crash::install_hook(notes);
        let shared = Arc::new(Shared::default());
        let (asked, capabilities) = watch::channel(Capabilities::default());
        let mut tasks = JoinSet::new();
        let inputs = events::start(&options, &shared, asked, &mut tasks)?;
        let screen = ratatui::Terminal::new(Screen::new(tty::size()))?;
        let terminal =
            Self { options, screen, output, shared, capabilities, was_drawn: false, _events: tasks, _guard: guard };
        Ok((terminal, inputs))
    }

    /// The columns and lines.
    pub(super) fn size(&self) -> (u16, u16) {
        self.screen.backend().columns_and_lines()
    }

    /// Whether a frame can be drawn: the previous one has been read, and the shell does not have the terminal.
    pub(super) fn is_ready(&self) -> bool {
        let must_clear = self.shared.must_clear.load(Ordering::Relaxed);
        !self.shared.is_suspended.load(Ordering::Relaxed) && (must_clear || !self.output.is_busy())
    }

    /// Draws a frame, unless the terminal is not [ready](Self::is_ready). Only what changed is sent.
    pub(super) fn draw(&mut self, view: impl FnOnce(&mut Frame)) -> io::Result<bool> {
        if !self.is_ready() {
            return Ok(false);
        }
        if self.shared.must_clear.swap(false, Ordering::Relaxed) {
            self.output.discard();
            self.screen.clear()?;
        }
        self.screen.draw(view)?;
        let bytes = self.screen.backend_mut().take_frame();
        self.output.send(&bytes)?;
        if !std::mem::replace(&mut self.was_drawn, true) && self.options.may_ask {
            self.output.send(capabilities::query(self.options.is_tmux).as_bytes())?;
        }
        Ok(true)
    }

    /// Waits until everything has been read, or for ever if the shell has the terminal. Dropping it loses nothing.
    pub(super) async fn flush(&mut self) -> io::Result<()> {
        self.output.flush().await
    }

    /// Whether something waits to be read by the terminal.
    pub(super) fn is_busy(&self) -> bool {
        self.output.is_busy() && !self.shared.is_suspended.load(Ordering::Relaxed)
    }

    /// The terminal has another size.
    pub(super) fn resize(&mut self, columns: u16, lines: u16) {
        self.screen.backend_mut().resize(columns, lines);
    }

    /// Draws everything with the next frame.
    pub(super) fn redraw(&self) {
        self.shared.must_clear.store(true, Ordering::Relaxed);
    }

    /// The responses of the terminal so far.
    pub(super) fn capabilities(&self) -> Capabilities {
        *self.capabilities.borrow()
    }

    /// Gives the terminal to the shell, until `fg`. Fails if there is no shell that could take it.
    pub(super) fn suspend() -> Result<(), &'static str> {
        events::stop_group()
    }

    /// Copies a text to the clipboard of the terminal, which does not say whether it did. Returns how many bytes.
    pub(super) fn copy(&mut self, text: &str) -> Result<usize, String> {
        let bytes = clipboard::sequence(text, self.options.is_tmux)?;
        self.output.send(&bytes).map_err(|error| error.to_string())?;
        Ok(text.len())
    }

    /// Lets the console have the mouse, or the terminal.
    pub(super) fn capture_mouse(&mut self, capture: bool) -> io::Result<()> {
        self.output.send(guard::capture_mouse(capture).as_bytes())
    }

    /// Sets the title of the window.
    pub(super) fn set_title(&mut self, title: &str) -> io::Result<()> {
        let title: String = title.chars().filter(|c| !c.is_control()).take(80).collect();
        self.output.send(format!("\x1b]2;{title}\x1b\\").as_bytes())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Half a frame is of no use: the guard ends what was being sent.
        self.output.discard();
    }
}
