//! The way to what is shown.

use ratatui::layout::Rect;

use super::canvas::{Canvas, Cell};
use crate::console::theme::Role;

/// Draws the steps of a way. The first ones are left out where they do not fit: the last says where the operator is.
pub(crate) fn breadcrumbs(canvas: &mut Canvas, area: Rect, steps: &[String]) {
    let between = format!(" {} ", canvas.glyphs.step);
    let mut cells: Vec<Cell> = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        if number > 0 {
            cells.push(Cell::label(between.as_str()));
        }
        let role = if number + 1 == steps.len() { Role::Text } else { Role::Label };
        cells.push(Cell::new(step.as_str(), role));
    }
    while cells.len() > 2 && cells.iter().map(Cell::width).fold(0, u16::saturating_add) > area.width {
        cells.drain(..2);
        if let Some(first) = cells.first_mut().filter(|cell| !cell.text.starts_with('…')) {
            *first = Cell::new(format!("…{}{}", between, first.text), first.role);
        }
    }
    canvas.line(area, &cells);
}

#[cfg(test)]
mod tests {
    use crate::console::widget::testing::draw;

    #[test]
    fn the_last_step_is_always_shown() {
        let steps = ["Jobs", "Job", "Account", "ada"].map(str::to_owned);
        for (width, line) in
            [(30, "Jobs › Job › Account › ada"), (25, "… › Job › Account › ada"), (13, "… › ada"), (4, "… ›…")]
        {
            let screen = draw(width, 1, |canvas, area| super::breadcrumbs(canvas, area, &steps));
            assert_eq!(screen.trim_end(), line, "{width}");
        }
    }
}
