//! A list of lines with a cursor.

use ratatui::layout::Rect;

use super::canvas::{Canvas, Cell, behind};
use super::scrollbar::Thumb;
use crate::console::theme::Role;

/// A line of a list: what is at its left, and what at its right.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Item<'a> {
    /// At the left: it is cut where there is no room for both.
    pub(crate) left: Vec<Cell<'a>>,
    /// At the right.
    pub(crate) right: Vec<Cell<'a>>,
}

/// Draws the part of a list that the cursor is in. Only lines on the screen are made.
pub(crate) fn list<'r>(
    canvas: &mut Canvas,
    area: Rect,
    len: usize,
    cursor: Option<usize>,
    mut item: impl FnMut(usize) -> Item<'r>,
) {
    let rows = usize::from(area.height);
    let is_long = len > rows;
    let inside = Rect { width: area.width.saturating_sub(if is_long { 2 } else { 0 }), ..area };
    let top = cursor.map_or(0, |cursor| (cursor + 1).saturating_sub(rows));
    for (number, line) in (top..len).zip(inside.rows()) {
        let item = item(number);
        let text = behind(line, 2);
        let right = canvas.line_right(text, &item.right);
        let room = text.width.saturating_sub(right + u16::from(right > 0));
        canvas.line(Rect { width: room, ..text }, &item.left);
        if cursor == Some(number) {
            canvas.text(line, canvas.glyphs.cursor, Role::Accent);
            canvas.restyle(line, Role::Selected);
        }
    }
    if is_long {
        Thumb::rows(top, rows, len).draw(canvas, area);
    }
}

#[cfg(test)]
mod tests {
    use super::{Cell, Item, list};
    use crate::console::widget::testing::draw;

    #[test]
    fn the_cursor_is_in_view_and_the_right_side_is_whole() {
        let item = |number: usize| Item {
            left: vec![Cell::text(format!("item {number} with a long name"))],
            right: vec![Cell::label("Ctrl-O")],
        };
        insta::assert_snapshot!(draw(24, 3, |canvas, area| list(canvas, area, 9, Some(4), item)), @"
          item 2 with … Ctrl-O █
          item 3 with … Ctrl-O █
        ▌ item 4 with … Ctrl-O ░
        ");
        draw(1, 1, |canvas, area| list(canvas, area, 9, Some(4), item));
        draw(0, 0, |canvas, area| list(canvas, area, 0, None, item));
    }
}
