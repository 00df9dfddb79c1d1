//! A bordered pane.

use ratatui::layout::Rect;
use ratatui::widgets::{Block, Widget};

use super::canvas::{Canvas, Cell, behind};
use crate::console::theme::Role;

/// Draws the border of a pane with a title at the left and a subtitle at the right, and returns the area inside.
pub(crate) fn pane(canvas: &mut Canvas, area: Rect, title: &str, subtitle: &str) -> Rect {
    pane_of(canvas, area, &[Cell::new(title, Role::Title)], &[Cell::label(subtitle)], false)
}

/// Draws the border of a pane with cells in its upper edge. The one that has the keys is marked.
pub(crate) fn pane_of(canvas: &mut Canvas, area: Rect, title: &[Cell], subtitle: &[Cell], has_focus: bool) -> Rect {
    let role = if has_focus { Role::Accent } else { Role::Border };
    let block = Block::bordered().border_set(canvas.glyphs.border).border_style(canvas.style(role));
    let inside = block.inner(area);
    block.render(area.intersection(canvas.frame.area()), canvas.buffer());
    let edge =
        Rect { x: area.x.saturating_add(2), width: area.width.saturating_sub(4), height: area.height.min(1), ..area };
    let taken = in_edge(canvas, edge, title);
    let rest = behind(edge, taken + u16::from(taken > 0));
    // A subtitle that would be cut says too little.
    let needed = subtitle.iter().map(Cell::width).sum::<u16>() + 2;
    if needed <= rest.width {
        in_edge(canvas, behind(rest, rest.width - needed), subtitle);
    }
    Rect { x: inside.x.saturating_add(1), width: inside.width.saturating_sub(2), ..inside }
}

/// Draws cells between two blanks, unless they are empty.
fn in_edge(canvas: &mut Canvas, area: Rect, cells: &[Cell]) -> u16 {
    if cells.iter().all(|cell| cell.text.is_empty()) {
        return 0;
    }
    let start = canvas.text(area, " ", Role::Text);
    let room = behind(area, start);
    let taken = start + canvas.line(Rect { width: room.width.saturating_sub(1), ..room }, cells);
    taken + canvas.text(behind(area, taken), " ", Role::Text)
}

#[cfg(test)]
mod tests {
    use ratatui::style::{Color, Modifier};

    use super::{Cell, Role, pane, pane_of};
    use crate::console::core::settings::ThemeName;
    use crate::console::glyph::UNICODE;
    use crate::console::widget::testing::{THEME, draw, frame};

    #[test]
    fn the_subtitle_is_left_out_where_it_does_not_fit() {
        for (width, edge) in
            [(30, "┌─ QUEUE ──────── last hour ─┐"), (18, "┌─ QUEUE ────────┐"), (9, "┌─ QU… ─┐"), (2, "┌┐")]
        {
            let screen = draw(width, 3, |canvas, area| {
                pane(canvas, area, "QUEUE", "last hour");
            });
            assert_eq!(screen.lines().next(), Some(edge), "{width}");
        }
    }

    #[test]
    fn a_title_does_not_look_like_the_border() {
        for theme in [THEME, THEME.with(ThemeName::Mono)] {
            let (buffer, _) = frame(30, 3, theme, &UNICODE, |canvas, area| {
                pane(canvas, area, "QUEUE", "");
            });
            let (border, title) = (&buffer[(0, 0)], &buffer[(3, 0)]);
            assert_eq!((title.symbol(), title.fg, title.modifier), ("Q", Color::Reset, Modifier::BOLD));
            assert_ne!(border.style(), title.style());
        }
    }

    #[test]
    fn no_size_panics() {
        for (width, height) in [(0, 0), (1, 1), (3, 1), (1, 3), (4, 2), (5, 2)] {
            draw(width, height, |canvas, area| {
                let inside = pane_of(canvas, area, &[Cell::text("a")], &[Cell::new("b", Role::Bad)], true);
                canvas.text(inside, "text", Role::Text);
            });
        }
    }
}
