//! The screen `events`: what happened, in order.

mod level;
mod lines;
mod strip;

use chrono::NaiveDate;
use ratatui::layout::{Constraint, Layout, Rect};

use level::{i64_of, level};

use crate::console::core::model::Model;
use crate::console::core::screen::events::{EventRow, Older, State, strip_lines};
use crate::console::glyph::Glyphs;
use crate::console::theme::Role;
use crate::console::view::{Words, placeholder, progress};
use crate::console::widget::{Align, Canvas, Cell, Column, Table, Thumb, Width, middle, pane_of};
use crate::output::format::count;

const COLUMNS: [Column; 6] = [
    Column { title: "TIME", width: Width::Fixed(12), align: Align::Left, priority: 0 },
    Column { title: "L", width: Width::Fixed(3), align: Align::Left, priority: 0 },
    Column { title: "KIND", width: Width::Fixed(17), align: Align::Left, priority: 0 },
    Column { title: "JOB", width: Width::Fixed(13), align: Align::Left, priority: 3 },
    Column { title: "WORKER", width: Width::Fixed(12), align: Align::Left, priority: 2 },
    Column { title: "MESSAGE", width: Width::Fill(20), align: Align::Left, priority: 0 },
];

/// Draws the screen.
pub(super) fn draw(model: &Model, canvas: &mut Canvas, area: Rect) {
    let strip = strip_lines(model.size);
    let [list, detail] = Layout::vertical([Constraint::Min(0), Constraint::Length(strip)]).areas(area);
    let state = &model.screens.events;
    let inside = pane_of(canvas, list, &title(state), &[subtitle(model)], true);
    let [rates, filter, table] =
        Layout::vertical([Constraint::Length(1), Constraint::Length(1), Constraint::Min(0)]).areas(inside);
    lines::rates(model, canvas, rates);
    lines::filter(state, canvas, filter);
    draw_table(model, canvas, table);
    strip::draw(state, canvas, detail);
}

fn title(state: &State) -> Vec<Cell<'static>> {
    let mut title = vec![Cell::new("EVENTS", Role::Title)];
    title.push(match (state.is_following, state.unseen) {
        (true, _) => Cell::new("  following (f)", Role::Good),
        (false, 0) => Cell::label("  f follows"),
        (false, unseen) => Cell::new(format!("  +{} new: g shows them", count(i64_of(unseen))), Role::Accent),
    });
    title
}

fn subtitle(model: &Model) -> Cell<'static> {
    let state = &model.screens.events;
    let progress = progress(&state.load, model.now);
    if !progress.text.is_empty() {
        return progress;
    }
    let older = match state.tail.older() {
        _ if state.older.failure().is_some() => " older ones could not be read",
        Older::End => "all",
        Older::From(_) | Older::Until(_) => "older ones follow",
        Older::Unknown => return Cell::default(),
    };
    Cell::label(format!("{} read, {older}", count(i64_of(state.tail.len()))))
}

fn draw_table(model: &Model, canvas: &mut Canvas, area: Rect) {
    let state = &model.screens.events;
    let rows = state.list.rows();
    let nothing = "No event in the last 30 days: jobs that complete are not events.";
    let words = Words { things: "events", filter: &state.text, nothing };
    if placeholder(canvas, area, &state.load, rows.len(), &words) {
        return;
    }
    let height = Table::height(area);
    let top = state.list.top().max((state.list.position() + 1).saturating_sub(height));
    let time = |at: usize| rows.get(at.min(rows.len() - 1)).map_or(0, |row| row.event.at.timestamp());
    let thumb = (rows.len() > height).then(|| Thumb::time(time(top), time(top + height), time(0), time(rows.len())));
    let table = Table { top, cursor: Some(state.list.position()), thumb, ..Table::new(&COLUMNS, rows.len()) };
    let (glyphs, today) = (canvas.glyphs, model.clock().map(|now| now.date_naive()));
    table.draw(canvas, area, |at| rows.get(at).map(|row| cells(row, today, glyphs)).unwrap_or_default());
}

fn cells<'a>(row: &'a EventRow, today: Option<NaiveDate>, glyphs: &Glyphs) -> Vec<Cell<'a>> {
    let event = &row.event;
    let is_today = today.is_none_or(|today| event.at.date_naive() == today);
    let time = event.at.format(if is_today { "%H:%M:%S%.3f" } else { "%d %b %H:%M" });
    let worker = event.worker_name.clone().or_else(|| event.worker.map(|id| middle(&id.to_string(), 12).into_owned()));
    let by = event.actor.as_ref().map(|actor| format!("{actor}: ")).unwrap_or_default();
    let repeats = if row.count > 1 { format!(" (×{}, l unfolds)", row.count) } else { String::new() };
    let reason = event.reason.as_ref().map(|reason| format!(" “{reason}”")).unwrap_or_default();
    vec![
        Cell::label(time.to_string()),
        level(event.level, glyphs),
        Cell::text(event.kind.as_str()),
        Cell::label(event.job.map(|job| middle(&job.to_string(), 13).into_owned()).unwrap_or_default()),
        Cell::label(worker.unwrap_or_default()),
        Cell::text(format!("{by}{}{reason}{repeats}", event.message)),
    ]
}

#[cfg(test)]
mod tests;
