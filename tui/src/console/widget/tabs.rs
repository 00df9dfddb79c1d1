//! A line of tabs.

use ratatui::layout::Rect;

use super::canvas::{Canvas, Cell};
use crate::console::theme::Role;

/// A tab: its key, and its name in wide and in narrow terminals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tab<'a> {
    /// The key that shows it; empty if it has none of its own.
    pub(crate) key: &'a str,
    /// The name.
    pub(crate) name: &'a str,
    /// The name where there is little room.
    pub(crate) short: &'a str,
}

/// Draws tabs, with their full names if all fit, and returns the width that they took. The chosen one is marked by
/// signs, too.
pub(crate) fn tabs(canvas: &mut Canvas, area: Rect, tabs: &[Tab], chosen: usize) -> u16 {
    let cells = fitting(tabs, chosen, canvas.glyphs.divider, area.width);
    canvas.line(area, &cells)
}

/// The cells of the tabs, with a divider between two.
fn fitting(tabs: &[Tab], chosen: usize, divider: &'static str, width: u16) -> Vec<Cell<'static>> {
    let long = cells(tabs, chosen, divider, |tab| tab.name);
    let needed: u16 = long.iter().map(Cell::width).sum();
    if needed <= width { long } else { cells(tabs, chosen, divider, |tab| tab.short) }
}

fn cells<'t>(
    tabs: &[Tab<'t>],
    chosen: usize,
    divider: &'static str,
    name: impl Fn(&Tab<'t>) -> &'t str,
) -> Vec<Cell<'static>> {
    let mut cells = Vec::with_capacity(2 * tabs.len());
    for (number, tab) in tabs.iter().enumerate() {
        if number > 0 {
            cells.push(Cell::new(divider, Role::Border));
        }
        let space = if tab.key.is_empty() { "" } else { " " };
        let label = format!("{}{space}{}", tab.key, name(tab));
        cells.push(if number == chosen {
            Cell::new(format!("▌{label}▐"), Role::Accent)
        } else {
            Cell::label(format!(" {label} "))
        });
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::Tab;
    use crate::console::widget::testing::draw;

    const TABS: [Tab; 3] = [
        Tab { key: "1", name: "Overview", short: "Ovw" },
        Tab { key: "2", name: "Jobs", short: "Jobs" },
        Tab { key: "", name: "Request", short: "Req" },
    ];

    #[test]
    fn the_chosen_tab_is_marked_and_names_are_short_where_there_is_no_room() {
        for (width, line) in [(40, "▌1 Overview▐│ 2 Jobs │ Request "), (24, "▌1 Ovw▐│ 2 Jobs │ Req "), (9, "▌1 Ovw▐│…")]
        {
            let screen = draw(width, 1, |canvas, area| {
                super::tabs(canvas, area, &TABS, 0);
            });
            assert_eq!(screen.trim_end(), line.trim_end(), "{width}");
        }
    }
}
