//! The canvas: where the views draw, and how.

use std::borrow::Cow;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use super::text::{self, cut};
use crate::console::glyph::Glyphs;
use crate::console::theme::{Role, Theme};

/// Where the views draw, and how.
pub(crate) struct Canvas<'a, 'b> {
    /// The frame.
    pub(crate) frame: &'a mut Frame<'b>,
    /// The colours.
    pub(crate) theme: &'a Theme,
    /// The signs.
    pub(crate) glyphs: &'a Glyphs,
}

/// A piece of text and what it means.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Cell<'a> {
    /// The text. It may come from customers: it is made safe when it is drawn.
    pub(crate) text: Cow<'a, str>,
    /// What it means.
    pub(crate) role: Role,
}

impl<'a> Cell<'a> {
    /// A text and what it means.
    pub(crate) fn new(text: impl Into<Cow<'a, str>>, role: Role) -> Self {
        Self { text: text.into(), role }
    }

    /// A text.
    pub(crate) fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::new(text, Role::Text)
    }

    /// A number that matters.
    pub(crate) fn number(text: impl Into<Cow<'a, str>>) -> Self {
        Self::new(text, Role::Number)
    }

    /// What a value is.
    pub(crate) fn label(text: impl Into<Cow<'a, str>>) -> Self {
        Self::new(text, Role::Label)
    }

    /// The width, in terminal columns.
    pub(crate) fn width(&self) -> u16 {
        text::width(&self.text)
    }
}

impl Canvas<'_, '_> {
    /// The style of a role.
    pub(crate) fn style(&self, role: Role) -> Style {
        self.theme.style(role)
    }

    /// The cells of the frame.
    pub(crate) fn buffer(&mut self) -> &mut Buffer {
        self.frame.buffer_mut()
    }

    /// Styles everything in an area, such as data that is out of date.
    pub(crate) fn restyle(&mut self, area: Rect, role: Role) {
        let style = self.style(role);
        self.buffer().set_style(area, style);
    }

    /// Draws a text into the first line of an area, cut to its width, and returns the width that it took. Nothing of the
    /// style below it stays: a title in a border does not look like the border.
    pub(crate) fn text(&mut self, area: Rect, text: &str, role: Role) -> u16 {
        let style = Style::reset().patch(self.style(role));
        let Some(area) = self.first_line(area) else { return 0 };
        let text = cut(text, area.width);
        let (end, _) = self.buffer().set_stringn(area.x, area.y, &text, area.width.into(), style);
        end.saturating_sub(area.x)
    }

    /// Draws a text that ends at the right edge of an area.
    pub(crate) fn text_right(&mut self, area: Rect, text: &str, role: Role) {
        let indent = area.width.saturating_sub(text::width(&cut(text, area.width)));
        self.text(behind(area, indent), text, role);
    }

    /// Draws cells one behind the other into the first line of an area, and returns the width that they took.
    pub(crate) fn line(&mut self, area: Rect, cells: &[Cell]) -> u16 {
        let mut taken = 0;
        for cell in cells {
            taken += self.text(behind(area, taken), &cell.text, cell.role);
        }
        taken
    }

    /// Draws cells that end at the right edge of an area, and returns the width that they took.
    pub(crate) fn line_right(&mut self, area: Rect, cells: &[Cell]) -> u16 {
        let width = cells.iter().map(Cell::width).fold(0, u16::saturating_add).min(area.width);
        self.line(behind(area, area.width - width), cells)
    }

    /// Draws lines from the top. If they do not fit, the last row says how many are hidden.
    pub(crate) fn lines(&mut self, area: Rect, lines: &[Vec<Cell>]) {
        let rows = usize::from(area.height);
        let shown = if lines.len() > rows { rows.saturating_sub(1) } else { lines.len() };
        for (row, line) in area.rows().zip(lines.iter().take(shown)) {
            self.line(row, line);
        }
        if let Some(last) = area.rows().nth(shown).filter(|_| shown < lines.len()) {
            self.text(last, &format!("{} {} more", self.glyphs.ellipsis, lines.len() - shown), Role::Label);
        }
    }

    /// Fills an area with blanks, so that nothing below shows.
    pub(crate) fn clear(&mut self, area: Rect) {
        let area = area.intersection(self.frame.area());
        for position in area.positions() {
            if let Some(cell) = self.buffer().cell_mut(position) {
                cell.reset();
            }
        }
    }

    /// Draws the same sign in one cell, if it is on the frame.
    pub(crate) fn put(&mut self, position: impl Into<Position>, symbol: &str, role: Role) {
        let style = Style::reset().patch(self.style(role));
        if let Some(cell) = self.buffer().cell_mut(position) {
            cell.set_symbol(symbol).set_style(style);
        }
    }

    fn first_line(&self, area: Rect) -> Option<Rect> {
        let area = area.intersection(self.frame.area());
        (!area.is_empty()).then_some(Rect { height: 1, ..area })
    }
}

/// The area without its first columns.
pub(crate) fn behind(area: Rect, columns: u16) -> Rect {
    let columns = columns.min(area.width);
    Rect { x: area.x + columns, width: area.width - columns, ..area }
}
