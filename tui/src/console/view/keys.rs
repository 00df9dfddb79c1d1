//! The screen `keys`.

mod condition;
mod strip;

use chrono::{DateTime, Utc};
use domain::key::KeySummary;
use ratatui::layout::{Constraint, Layout, Rect};

use super::{Words, placeholder, progress};
use crate::console::core::key_filter;
use crate::console::core::model::Model;
use crate::console::core::screen::keys::State;
use crate::console::core::screen::layout::key_strip;
use crate::console::theme::Role;
use crate::console::widget::{Canvas, Cell, Column, Table, Thumb, UNKNOWN, Width, behind, pane_of, prompt};
use crate::output::format::count;

const COLUMNS: &[Column] = &[
    Column::left("KEY", Width::Fixed(13), 0),
    Column::left("ACCOUNT", Width::Fill(10), 0),
    Column::left("NAME", Width::Fill(10), 2),
    Column::left("SCOPES", Width::Fixed(11), 5),
    Column::left("CREATED", Width::Fixed(10), 4),
    Column::right("LAST USED", Width::Fixed(9), 0),
    Column::right("EXPIRES", Width::Fixed(7), 3),
    Column::right("LIMIT", Width::Fixed(8), 6),
    Column::left("STATE", Width::Fixed(14), 0),
];

/// Draws the screen.
pub(super) fn draw(model: &Model, canvas: &mut Canvas, area: Rect) {
    let state = &model.screens.keys;
    let [list, bottom] = Layout::vertical([Constraint::Min(0), Constraint::Length(key_strip(model.size))]).areas(area);
    draw_list(model, state, canvas, list);
    strip::draw(model, state, canvas, bottom);
}

fn draw_list(model: &Model, state: &State, canvas: &mut Canvas, area: Rect) {
    let keys = &state.keys;
    let more = if state.next.is_some() { "+" } else { "" };
    let known = state.load.data().map(|()| format!("API KEYS {}{more}", keys.rows().len()));
    let title = known.unwrap_or_else(|| "API KEYS".to_owned());
    let inside = pane_of(canvas, area, &[Cell::new(title, Role::Title)], &[progress(&state.load, model.now)], false);
    let [line, rows] = Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(inside);
    let filter = key_filter::print(&state.filter);
    match &state.editing {
        Some((text, None)) => drop(prompt(canvas, line, "/ ", &text.text(), text.cursor())),
        Some((text, Some(error))) => {
            let taken = prompt(canvas, line, "/ ", &text.text(), text.cursor());
            canvas.text(behind(line, taken + 1), error, Role::Bad);
        }
        None if filter.is_empty() => {
            canvas.text(line, "newest first   / account:ada is:stale id:… or a part of the name", Role::Label);
        }
        None => drop(canvas.line(line, &[Cell::text(filter.clone()), Cell::label("   Esc clears the filter")])),
    }
    let nothing = "No keys yet. N creates one, or: tintype key create ACCOUNT";
    let words = Words { things: "keys", filter: &filter, nothing };
    if placeholder(canvas, rows, &state.load, keys.rows().len(), &words) {
        return;
    }
    let mut table = Table::new(COLUMNS, keys.rows().len());
    (table.top, table.cursor) = (keys.top(), Some(keys.position()));
    table.thumb = Thumb::needed(keys.top(), Table::height(rows), keys.rows().len());
    table.draw(canvas, rows, |row| keys.rows().get(row).map(|key| cells(key, model.clock())).unwrap_or_default());
}

fn cells(key: &KeySummary, clock: Option<DateTime<Utc>>) -> Vec<Cell<'_>> {
    let apart = |from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>| {
        from.zip(to).map_or_else(|| UNKNOWN.to_owned(), |(from, to)| unit((to - from).num_minutes()))
    };
    let none = || "–".to_owned();
    let (mark, word, role) = condition::of(key.condition);
    vec![
        Cell::text(format!("tt_{}", key.id)),
        Cell::text(key.account.as_str()),
        Cell::text(key.name.as_str()),
        Cell::label(key.scopes.names()),
        Cell::label(key.created_at.format("%Y-%m-%d").to_string()),
        Cell::text(key.last_used_at.map_or_else(none, |at| apart(Some(at), clock))),
        Cell::text(key.expires_at.map_or_else(none, |at| apart(clock, Some(at)))),
        Cell::text(key.rate.map_or_else(none, |rate| format!("{}/m", count(rate.into())))),
        Cell::new(format!("{mark} {word}"), role),
    ]
}

/// A time in minutes, in its largest unit. Uses are recorded to the minute.
fn unit(minutes: i64) -> String {
    match minutes {
        ..0 => "ended".to_owned(),
        0..=1 => "1m".to_owned(),
        2..120 => format!("{minutes}m"),
        120..2_880 => format!("{}h", minutes / 60),
        2_880.. => format!("{}d", count(minutes / 1_440)),
    }
}

#[cfg(test)]
mod tests;
