//! The screen while the database has not answered yet: why, and what can be done.

use ratatui::layout::Rect;

use crate::console::core::link::Outage;
use crate::console::core::model::Model;
use crate::console::theme::Role;
use crate::console::widget::{Canvas, Cell, pane, wrap};

/// Draws the screen.
pub(super) fn draw(model: &Model, outage: &Outage, canvas: &mut Canvas, area: Rect) {
    let inside = pane(canvas, area, "NO DATABASE", "");
    let place = if model.database.name.is_empty() { "the database" } else { &*model.database.name };
    let mut rows = inside.rows();
    rows.next();
    for (line, row) in wrap(&format!("Cannot read {place}: {}", outage.reason), inside.width).iter().zip(&mut rows) {
        canvas.text(row, line, Role::Bad);
    }
    rows.next();
    let keys = [
        ("r", "try now", true),
        ("e", "another environment", !model.environment.others.is_empty()),
        ("q", "quit", true),
    ];
    for ((key, what, _), row) in keys.into_iter().filter(|(_, _, is_possible)| *is_possible).zip(&mut rows) {
        canvas.line(row, &[Cell::new(key, Role::Key), Cell::text(format!("  {what}"))]);
    }
    rows.next();
    let hints = [
        "It connects by itself as soon as the database answers.",
        "tintype up       runs a service here, database included",
        "tintype doctor   says what is wrong with a database",
        "--database-url or DATABASE_URL names another one",
    ];
    for (hint, row) in hints.iter().zip(rows) {
        canvas.text(row, hint, Role::Label);
    }
}
