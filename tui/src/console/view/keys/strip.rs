//! The key of the cursor, with what does not fit into a row.

use chrono::{DateTime, Utc};
use domain::key::KeyCondition;
use ratatui::layout::Rect;

use super::condition::of;
use crate::console::core::model::Model;
use crate::console::core::screen::keys::State;
use crate::console::theme::Role;
use crate::console::widget::{Canvas, Cell, pane_of};
use crate::output::format::count;

/// Draws the key of the cursor.
pub(super) fn draw(model: &Model, state: &State, canvas: &mut Canvas, area: Rect) {
    let key = state.keys.selected();
    let title = key.map(|key| format!("tt_{}…", key.id)).unwrap_or_default();
    let note = Cell::label("the secret is stored hashed: only this id exists");
    let inside = pane_of(canvas, area, &[Cell::new(title, Role::Title)], &[note], false);
    let Some(key) = key else { return };
    let date =
        |at: Option<DateTime<Utc>>| at.map_or_else(|| "–".to_owned(), |at| at.format("%Y-%m-%d %H:%M").to_string());
    let limit = key.rate.zip(key.burst).map_or_else(
        || "that of its account".to_owned(),
        |(rate, burst)| format!("{}/min, burst {}", count(rate.into()), count(burst.into())),
    );
    let created_by = key.created_by.clone().unwrap_or_else(|| "unknown".to_owned());
    let replaced = key.replaced_by.as_ref().map(|id| format!("  replaced by tt_{id}")).unwrap_or_default();
    let lines = [
        vec![
            Cell::label("account "),
            Cell::text(key.account.as_str()),
            Cell::label("  name "),
            Cell::text(key.name.as_str()),
            Cell::label("  scopes "),
            Cell::text(key.scopes.names()),
        ],
        vec![
            Cell::label("created "),
            Cell::text(date(Some(key.created_at))),
            Cell::label(" by "),
            Cell::text(created_by),
            Cell::label("  last used "),
            Cell::text(date(key.last_used_at)),
        ],
        vec![
            Cell::label("expires "),
            Cell::text(date(key.expires_at)),
            Cell::label("  revoked "),
            Cell::text(date(key.revoked_at)),
            Cell::text(replaced),
        ],
        vec![Cell::label("limit "), Cell::text(limit), Cell::label("  "), condition(key.condition, model)],
    ];
    for (line, row) in lines.iter().zip(inside.rows()) {
        canvas.line(row, line);
    }
}

fn condition(condition: KeyCondition, model: &Model) -> Cell<'static> {
    let (mark, word, role) = of(condition);
    let age = model.stale_for().map_or("", |_| " when it was last read");
    Cell::new(format!("{mark} {word}{age}"), role)
}
