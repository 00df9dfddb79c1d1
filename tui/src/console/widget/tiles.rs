//! Tiles: the numbers that matter most, each below its name.

use ratatui::layout::{Constraint, Layout, Rect};

use super::canvas::{Canvas, Cell, behind};
use crate::console::theme::Role;

/// A number, what it is, and what there is to say of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tile<'a> {
    /// What it is.
    pub(crate) label: &'a str,
    /// What it is where there is little room.
    pub(crate) short: &'a str,
    /// The number.
    pub(crate) value: Cell<'a>,
    /// The trend, or the limit.
    pub(crate) note: Cell<'a>,
}

/// Draws tiles side by side: in two lines if there are two, with the names above the numbers, else in one.
pub(crate) fn tiles(canvas: &mut Canvas, area: Rect, tiles: &[Tile]) {
    if area.height < 2 {
        return in_one_line(canvas, area, tiles);
    }
    let columns = Layout::horizontal(tiles.iter().map(|_| Constraint::Fill(1))).spacing(1).split(area);
    for (tile, column) in tiles.iter().zip(columns.iter()) {
        let label = if Cell::text(tile.label).width() <= column.width { tile.label } else { tile.short };
        canvas.text(*column, label, Role::Label);
        let below = Rect { y: column.y + 1, height: 1, ..*column };
        let taken = canvas.text(below, &tile.value.text, tile.value.role);
        canvas.text(behind(below, taken + 1), &tile.note.text, tile.note.role);
    }
}

fn in_one_line(canvas: &mut Canvas, area: Rect, tiles: &[Tile]) {
    let mut cells = Vec::new();
    for tile in tiles {
        cells.push(Cell::label(format!("{}{} ", if cells.is_empty() { "" } else { "  " }, tile.short)));
        cells.push(tile.value.clone());
        cells.push(tile.note.clone());
    }
    canvas.line(area, &cells);
}

#[cfg(test)]
mod tests {
    use super::{Cell, Role, Tile};
    use crate::console::widget::testing::draw;

    #[test]
    fn names_are_above_numbers_or_before_them() {
        let tile = |label, short, value, note| Tile {
            label,
            short,
            value: Cell::number(value),
            note: Cell::new(note, Role::Bad),
        };
        let tiles = [
            tile("QUEUED", "Q", "1,204", "▲ +912"),
            tile("PROCESSING", "PROC", "94/96", ""),
            tile("FAILED/min", "FAIL", "…", ""),
        ];
        insta::assert_snapshot!(draw(44, 2, |canvas, area| super::tiles(canvas, area, &tiles)), @"
        QUEUED         PROCESSING     FAILED/min    
        1,204 ▲ +912   94/96          …             
        ");
        insta::assert_snapshot!(draw(44, 1, |canvas, area| super::tiles(canvas, area, &tiles)), @"
        Q 1,204▲ +912  PROC 94/96  FAIL …           
        ");
    }
}
