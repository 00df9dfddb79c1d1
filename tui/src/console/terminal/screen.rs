//! The screen: encodes frames in memory.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

/// The terminal shows nothing of what is between these until it has read all.
const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";

/// Bytes in memory, which the encoder and the screen share.
#[derive(Debug, Clone, Default)]
struct Bytes(Arc<Mutex<Vec<u8>>>);

impl Write for Bytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Encodes frames. Its size is set: asking the terminal could start a program.
#[derive(Debug)]
pub(super) struct Screen {
    encoder: CrosstermBackend<Bytes>,
    bytes: Bytes,
    size: Size,
}

impl Screen {
    /// A screen of this many columns and lines.
    pub(super) fn new((columns, lines): (u16, u16)) -> Self {
        let bytes = Bytes::default();
        Self { encoder: CrosstermBackend::new(bytes.clone()), bytes, size: Size::new(columns, lines) }
    }

    /// Sets the size.
    pub(super) fn resize(&mut self, columns: u16, lines: u16) {
        self.size = Size::new(columns, lines);
    }

    /// The size.
    pub(super) fn columns_and_lines(&self) -> (u16, u16) {
        (self.size.width, self.size.height)
    }

    /// Takes what was encoded, as one update.
    pub(super) fn take_frame(&mut self) -> Vec<u8> {
        let bytes = std::mem::take(&mut *self.bytes.0.lock().unwrap_or_else(PoisonError::into_inner));
        if bytes.is_empty() { bytes } else { [BEGIN, &bytes, END].concat() }
    }
}

impl Backend for Screen {
    type Error = io::Error;

    fn draw<'a, I: Iterator<Item = (u16, u16, &'a Cell)>>(&mut self, content: I) -> io::Result<()> {
        let mut content = content.peekable();
        if content.peek().is_none() { Ok(()) } else { self.encoder.draw(content) }
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.encoder.hide_cursor()
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.encoder.show_cursor()
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(Position::ORIGIN)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.encoder.set_cursor_position(position)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.encoder.clear()
    }

    fn clear_region(&mut self, region: ClearType) -> io::Result<()> {
        self.encoder.clear_region(region)
    }

    fn size(&self) -> io::Result<Size> {
        Ok(self.size)
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.size, pixels: Size::default() })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
