//! The help: the keys, explained.

use ratatui::layout::{Constraint, Layout, Rect};

use crate::console::core::model::Model;
use crate::console::core::overlay::help::{Help, HelpLine, lines};
use crate::console::theme::Role;
use crate::console::widget::{Canvas, Cell, Thumb, behind, overlay, prompt};

/// The largest size.
const SIZE: (u16, u16) = (90, 40);

/// The width of the column of keys.
const KEYS: u16 = 18;

/// Draws the help.
pub(super) fn draw(model: &Model, help: &Help, canvas: &mut Canvas, area: Rect) {
    let search = help.search.text();
    let lines = lines(model.screen(), &search);
    let subtitle = "type to search · Esc closes";
    let inside = overlay(canvas, area, SIZE.0, SIZE.1, "HELP", subtitle);
    let [line, rows] = Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(inside);
    prompt(canvas, line, "search ", &search, help.search.cursor());
    let top = help.scroll.min(lines.len().saturating_sub(usize::from(rows.height)));
    let inside = Rect { width: rows.width.saturating_sub(2), ..rows };
    for (line, row) in lines.iter().skip(top).zip(inside.rows()) {
        draw_line(canvas, row, line);
    }
    if lines.is_empty() {
        canvas.text(rows, "No key does this. The commands (:) have more.", Role::Label);
    }
    if lines.len() > usize::from(rows.height) {
        Thumb::rows(top, rows.height.into(), lines.len()).draw(canvas, rows);
    }
}

fn draw_line(canvas: &mut Canvas, row: Rect, line: &HelpLine) {
    match line {
        HelpLine::Heading(heading) => {
            canvas.text(row, heading, Role::Title);
        }
        HelpLine::Keys { keys, help, is_write } => {
            canvas.text(Rect { width: KEYS.min(row.width), ..row }, &format!("  {keys}"), Role::Key);
            let note = if *is_write { "  (changes, once unlocked)" } else { "" };
            canvas.line(behind(row, KEYS + 1), &[Cell::text(*help), Cell::label(note)]);
        }
    }
}
