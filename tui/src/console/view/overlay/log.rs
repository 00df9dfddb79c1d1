//! What this console changed, for the operator's notes.

use ratatui::layout::{Constraint, Layout, Rect};

use crate::console::core::log::Entry;
use crate::console::core::model::Model;
use crate::console::theme::Role;
use crate::console::widget::{Canvas, Cell, Item, list, overlay, wrap};
use crate::output::format;

/// The largest size.
const SIZE: (u16, u16) = (110, 24);

/// The lines below the list for the command of the entry with the cursor.
const DETAIL: u16 = 4;

/// Draws the log, the newest entry first.
pub(super) fn draw(model: &Model, current: usize, canvas: &mut Canvas, area: Rect) {
    let inside = overlay(canvas, area, SIZE.0, SIZE.1, "CHANGES", "y copies the command · Esc closes");
    if model.log.is_empty() {
        canvas.text(inside, "This console has not changed anything.", Role::Label);
        return;
    }
    let [rows, detail] = Layout::vertical([Constraint::Min(1), Constraint::Length(DETAIL)]).areas(inside);
    let entry = |number: usize| model.log.iter().rev().nth(number);
    let item = |number: usize| {
        entry(number).map(|entry| item(model, canvas.glyphs.good, canvas.glyphs.bad, entry)).unwrap_or_default()
    };
    let items: Vec<Item> = (0..model.log.len()).map(item).collect();
    list(canvas, rows, items.len(), Some(current), |number| items.get(number).cloned().unwrap_or_default());
    let Some(entry) = model.log.iter().rev().nth(current) else { return };
    for (line, row) in wrap(&entry.command_line, detail.width).iter().zip(detail.rows().skip(1)) {
        canvas.text(row, line, Role::Number);
    }
}

/// When, what, and how long it took.
fn item<'a>(model: &Model, good: &'a str, bad: &'a str, entry: &'a Entry) -> Item<'a> {
    let ago = format::duration(model.now.saturating_sub(entry.at));
    let (sign, role, text) = match &entry.outcome {
        Ok(summary) => (good, Role::Good, summary),
        Err(reason) => (bad, Role::Bad, reason),
    };
    Item {
        left: vec![Cell::new(sign, role), Cell::text(" "), Cell::text(&**text)],
        right: vec![Cell::label(format!("{} ms  {ago} ago", entry.took.as_millis()))],
    }
}
