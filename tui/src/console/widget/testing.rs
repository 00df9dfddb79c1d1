//! What the tests of widgets share.

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::Canvas;
use crate::console::core::settings::ThemeName;
use crate::console::glyph::{Glyphs, UNICODE};
use crate::console::theme::{Background, Depth, Theme};

/// The theme of most tests.
pub(crate) const THEME: Theme = Theme::new(ThemeName::Dark, Background::Dark, Depth::Indexed);

/// Draws a frame, and returns its cells.
pub(crate) fn frame(
    width: u16,
    height: u16,
    theme: Theme,
    glyphs: &Glyphs,
    draw: impl FnOnce(&mut Canvas, Rect),
) -> (Buffer, (u16, u16)) {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a terminal");
    terminal
        .draw(|frame| {
            let area = frame.area();
            draw(&mut Canvas { frame, theme: &theme, glyphs }, area);
            glyphs.replace(frame.buffer_mut());
        })
        .expect("a frame");
    let cursor = terminal.get_cursor_position().expect("a cursor");
    (terminal.backend().buffer().clone(), (cursor.x, cursor.y))
}

/// Draws a frame, and returns its lines.
pub(crate) fn draw(width: u16, height: u16, draw: impl FnOnce(&mut Canvas, Rect)) -> String {
    lines(&frame(width, height, THEME, &UNICODE, draw).0)
}

/// Draws a frame, and returns where the terminal's cursor is.
pub(crate) fn cursor(width: u16, height: u16, draw: impl FnOnce(&mut Canvas, Rect)) -> (u16, u16) {
    frame(width, height, THEME, &UNICODE, draw).1
}

/// The lines of a frame.
pub(crate) fn lines(buffer: &Buffer) -> String {
    let area = buffer.area;
    let mut lines = Vec::new();
    for y in area.top()..area.bottom() {
        let mut line = String::new();
        let mut hidden = 0;
        for x in area.left()..area.right() {
            let symbol = buffer[(x, y)].symbol();
            if hidden == 0 {
                line.push_str(symbol);
            }
            hidden = super::text::width(symbol).max(hidden).saturating_sub(1);
        }
        lines.push(line);
    }
    lines.join("\n")
}
