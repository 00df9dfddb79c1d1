//! The results that expire next.

use chrono::{DateTime, Utc};
use domain::result::Expiring;
use ratatui::layout::Rect;

use crate::console::core::model::Model;
use crate::console::theme::Role;
use crate::console::view::{Words, placeholder, progress};
use crate::console::widget::{Canvas, Cell, Column, Table, UNKNOWN, Width, middle, pane_of};
use crate::output::format::{bytes, count, duration};

const COLUMNS: [Column; 6] = [
    Column::right("IN", Width::Fixed(6), 0),
    Column::left("JOB", Width::Fill(13), 0),
    Column::left("TYPE", Width::Fixed(5), 2),
    Column::right("SIZE", Width::Fixed(7), 1),
    Column::left("ACCOUNT", Width::Fill(10), 0),
    Column::left("", Width::Fixed(8), 3),
];

/// The width of a whole id.
const ID: u16 = 36;

/// Draws the pane.
pub(super) fn draw(model: &Model, canvas: &mut Canvas, area: Rect) {
    let state = &model.screens.expiries;
    let subtitle = match progress(&state.first, model.now) {
        cell if cell.text.is_empty() => Cell::label(subtitle(model)),
        cell => cell,
    };
    let title =
        state.hour.map_or_else(|| "NEXT TO EXPIRE".to_owned(), |hour| format!("FROM {}", hour.format("%H:%MZ")));
    let inside = pane_of(canvas, area, &[Cell::new(title, Role::Title)], &[subtitle], !state.shows_accounts);
    let rows = state.list.rows();
    let words = Words { things: "results", filter: "", nothing: "No result expires: none is stored." };
    if placeholder(canvas, inside, &state.first, rows.len(), &words) {
        return;
    }
    let is_marked = |number: usize| rows.get(number).is_some_and(|row| state.list.is_marked(row));
    let mut table = Table::new(&COLUMNS, rows.len());
    (table.top, table.cursor, table.is_marked) = (state.list.top(), Some(state.list.position()), &is_marked);
    let now = model.clock();
    table.draw(canvas, inside, |number| rows.get(number).map(|row| cells(row, now)).unwrap_or_default());
}

fn subtitle(model: &Model) -> String {
    let marks = model.screens.expiries.list.marks().len();
    if marks == 0 { String::new() } else { format!("{} marked", count(i64::try_from(marks).unwrap_or(i64::MAX))) }
}

fn cells(row: &Expiring, now: Option<DateTime<Utc>>) -> Vec<Cell<'static>> {
    let left = now.map(|now| (row.expires_at - now).to_std().ok());
    let left = match left {
        None => Cell::label(UNKNOWN),
        Some(None) => Cell::new("gone", Role::Bad),
        Some(Some(left)) if left.as_secs() < 60 => Cell::new(duration(left), Role::Warning),
        Some(Some(left)) => Cell::text(duration(left)),
    };
    let kind = row.content_type.rsplit('/').next().unwrap_or_default().to_owned();
    vec![
        left,
        Cell::text(middle(&row.job.to_string(), ID).into_owned()),
        Cell::text(kind),
        Cell::text(bytes(row.size)),
        Cell::text(row.account.clone()),
        Cell::label(if row.extended { "extended" } else { "" }),
    ]
}
