//! A table of which only the rows on the screen are formatted.

mod columns;

use ratatui::layout::Rect;

use super::canvas::{Canvas, Cell, behind};
use super::scrollbar::Thumb;
use super::text::{cut, width};
use crate::console::theme::Role;

pub(crate) use columns::{Align, Column, Width, fitting};

/// The width of the signs at the left: the cursor and the mark.
const GUTTER: u16 = 2;

/// A table. Rows are asked for by their number, and only those on the screen.
pub(crate) struct Table<'a> {
    /// The columns. A row has one cell for each.
    pub(crate) columns: &'a [Column],
    /// How many rows are loaded.
    pub(crate) len: usize,
    /// The first row on the screen.
    pub(crate) top: usize,
    /// The row of the cursor.
    pub(crate) cursor: Option<usize>,
    /// Whether a row is marked.
    pub(crate) is_marked: &'a dyn Fn(usize) -> bool,
    /// The columns that are left out at the left, so that others can be seen.
    pub(crate) skip: usize,
    /// Where the rows are in the whole, in rows or in time. Without it there is no scroll bar.
    pub(crate) thumb: Option<Thumb>,
    /// The column that the rows are sorted by, and whether the largest come first.
    pub(crate) sorted: Option<(usize, bool)>,
}

impl<'a> Table<'a> {
    /// A table without a cursor, from its first row.
    pub(crate) fn new(columns: &'a [Column], len: usize) -> Self {
        Self { columns, len, top: 0, cursor: None, is_marked: &|_| false, skip: 0, thumb: None, sorted: None }
    }

    /// How many rows an area shows, below the titles.
    pub(crate) fn height(area: Rect) -> usize {
        usize::from(area.height.saturating_sub(1))
    }

    /// Draws the titles and the rows that fit. Each row returns one cell for each column.
    pub(crate) fn draw<'r>(&self, canvas: &mut Canvas, area: Rect, mut row: impl FnMut(usize) -> Vec<Cell<'r>>) {
        let bar = if self.thumb.is_some() { 2 } else { 0 };
        let inside = Rect { width: area.width.saturating_sub(bar), ..area };
        let layout = fitting(self.columns, self.skip, inside.width.saturating_sub(GUTTER));
        let mut lines = inside.rows();
        if let Some(line) = lines.next() {
            self.draw_titles(canvas, line, &layout);
        }
        for (number, line) in (self.top..self.len).zip(lines) {
            let cells = row(number);
            self.draw_row(canvas, line, &layout, &cells, number);
        }
        if let Some(thumb) = self.thumb {
            thumb.draw(canvas, Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area });
        }
    }

    fn draw_titles(&self, canvas: &mut Canvas, line: Rect, layout: &[(usize, u16)]) {
        let mut rest = behind(line, GUTTER);
        for (number, columns) in layout {
            if let Some(column) = self.columns.get(*number) {
                let sorted = self.sorted.filter(|(sorted, _)| sorted == number);
                let order = sorted.map(|(_, is_down)| if is_down { canvas.glyphs.down } else { canvas.glyphs.up });
                let title = format!("{}{}", column.title, order.unwrap_or_default());
                draw_cell(canvas, rest, *columns, column.align, &Cell::label(title));
            }
            rest = behind(rest, columns + 1);
        }
    }

    fn draw_row(&self, canvas: &mut Canvas, line: Rect, layout: &[(usize, u16)], cells: &[Cell], number: usize) {
        let (is_current, is_marked) = (self.cursor == Some(number), (self.is_marked)(number));
        let mut rest = behind(line, GUTTER);
        for (column, columns) in layout {
            if let (Some(schema), Some(cell)) = (self.columns.get(*column), cells.get(*column)) {
                draw_cell(canvas, rest, *columns, schema.align, cell);
            }
            rest = behind(rest, columns + 1);
        }
        if is_marked {
            canvas.restyle(line, Role::Marked);
            canvas.text(behind(line, 1), canvas.glyphs.mark, Role::Marked);
        }
        if is_current {
            canvas.text(line, canvas.glyphs.cursor, Role::Accent);
            canvas.restyle(line, Role::Selected);
        }
    }
}

fn draw_cell(canvas: &mut Canvas, area: Rect, columns: u16, align: Align, cell: &Cell) {
    let area = Rect { width: columns.min(area.width), ..area };
    match align {
        Align::Left => canvas.text(area, &cell.text, cell.role),
        Align::Right => {
            let indent = area.width.saturating_sub(width(&cut(&cell.text, area.width)));
            canvas.text(behind(area, indent), &cell.text, cell.role)
        }
    };
}

#[cfg(test)]
mod tests;
