//! Whose results expire in the hour of the cursor.

use ratatui::layout::Rect;

use crate::console::core::model::Model;
use crate::console::theme::Role;
use crate::console::view::{Words, placeholder, progress};
use crate::console::widget::{Align, Canvas, Cell, Column, Table, Width, pane_of};
use crate::output::format::{bytes, count};

const COLUMNS: [Column; 3] = [
    Column::left("ACCOUNT", Width::Fill(12), 0),
    Column { title: "RESULTS", width: Width::Fixed(9), align: Align::Right, priority: 0 },
    Column { title: "SIZE", width: Width::Fixed(8), align: Align::Right, priority: 0 },
];

/// Draws the pane.
pub(super) fn draw(model: &Model, canvas: &mut Canvas, area: Rect) {
    let state = &model.screens.expiries;
    let subtitle = match progress(&state.accounts, model.now) {
        cell if cell.text.is_empty() => Cell::label(sampled(model)),
        cell => cell,
    };
    let title = state.current(&model.context()).map(|hour| format!("  {}", hour.format("%H:%MZ"))).unwrap_or_default();
    let title = [Cell::new("BY ACCOUNT", Role::Title), Cell::label(title)];
    let inside = pane_of(canvas, area, &title, &[subtitle], state.shows_accounts);
    let accounts = state.accounts.data().map(|data| data.accounts.as_slice()).unwrap_or_default();
    let words = Words { things: "accounts", filter: "", nothing: "No result expires in this hour." };
    if placeholder(canvas, inside, &state.accounts, accounts.len(), &words) {
        return;
    }
    Table::new(&COLUMNS, accounts.len()).draw(canvas, inside, |number| {
        let Some(row) = accounts.get(number) else { return Vec::new() };
        vec![Cell::text(row.account.clone()), Cell::number(count(row.results)), Cell::text(bytes(row.bytes))]
    });
}

/// Of how many results the accounts are, if there may be more.
fn sampled(model: &Model) -> String {
    let Some(data) = model.screens.expiries.accounts.data() else { return String::new() };
    let is_all = data.sampled < domain::result::MAX_SAMPLED;
    if is_all { String::new() } else { format!("of the first {}", count(data.sampled)) }
}
