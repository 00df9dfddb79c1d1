//! Why jobs failed lately.

use domain::overview::{FailureGroup, MAX_FAILURES, Outcomes};
use ratatui::layout::Rect;

use super::load::{self, Frame};
use crate::console::core::model::Model;
use crate::console::core::screen::overview::Pane;
use crate::console::theme::Role;
use crate::console::widget::{Align, Canvas, Cell, Column, Table, Width};
use crate::output::format::{count, duration};

const COLUMNS: [Column; 5] = [
    Column { title: "CODE", width: Width::Fill(12), align: Align::Left, priority: 0 },
    Column { title: "TYPE", width: Width::Fixed(5), align: Align::Left, priority: 1 },
    Column { title: "5m", width: Width::Fixed(4), align: Align::Right, priority: 0 },
    Column { title: "1h", width: Width::Fixed(5), align: Align::Right, priority: 0 },
    Column { title: "LAST", width: Width::Fixed(6), align: Align::Right, priority: 2 },
];

/// Draws the pane.
pub(super) fn draw(model: &Model, canvas: &mut Canvas, area: Rect) {
    let state = &model.screens.overview;
    let subtitle = state.outcomes.data().map(|outcomes| span(model, outcomes)).unwrap_or_default();
    let frame = Frame { title: "FAILURES", subtitle, has_focus: state.pane == Pane::Failures };
    let Some((inside, outcomes)) = load::draw(model, canvas, area, frame, &state.outcomes) else { return };
    let groups = &outcomes.failures.groups;
    if groups.is_empty() {
        canvas.text(inside, "No job failed in the last 30 days.", Role::Label);
        return;
    }
    let cursor = state.position(Pane::Failures);
    let top = cursor.unwrap_or(0).saturating_sub(Table::height(inside).saturating_sub(1));
    let table = Table { top, cursor, ..Table::new(&COLUMNS, groups.len()) };
    table.draw(canvas, inside, |at| groups.get(at).map(|group| row(model, group)).unwrap_or_default());
}

/// Draws the pane with the most frequent ones in one line.
pub(super) fn draw_line(model: &Model, canvas: &mut Canvas, area: Rect) {
    let load = &model.screens.overview.outcomes;
    let subtitle = load.data().map(|outcomes| span(model, outcomes)).unwrap_or_default();
    let frame = Frame { title: "FAILURES 5 min", subtitle, has_focus: false };
    let Some((inside, outcomes)) = load::draw(model, canvas, area, frame, load) else { return };
    let recent = outcomes.failures.groups.iter().filter(|group| group.recent > 0);
    let mut cells = Vec::new();
    for group in recent {
        let dot = if cells.is_empty() { String::new() } else { format!(" {} ", canvas.glyphs.dot) };
        cells.push(Cell::label(dot));
        cells.push(Cell::text(format!("{} {} ", group.code, kind(group))));
        cells.push(Cell::new(count(group.recent), Role::Warning));
    }
    if cells.is_empty() {
        cells.push(Cell::label("none"));
    }
    canvas.line(inside, &cells);
}

/// How many failures there are, and how old the first of them is.
fn span(model: &Model, outcomes: &Outcomes) -> String {
    let failures = &outcomes.failures;
    let age = failures.oldest.zip(model.clock()).and_then(|(oldest, now)| (now - oldest).to_std().ok());
    let last = if failures.sampled >= MAX_FAILURES { "last " } else { "" };
    age.map(|age| format!("{last}{} in {}", count(failures.sampled), duration(age))).unwrap_or_default()
}

/// The type of the jobs, in a few letters.
fn kind(group: &FailureGroup) -> String {
    if group.kind == "screenshot" { "shot".to_owned() } else { group.kind.clone() }
}

fn row(model: &Model, group: &FailureGroup) -> Vec<Cell<'static>> {
    let age = model.clock().and_then(|now| (now - group.last).to_std().ok()).unwrap_or_default();
    let role = if group.recent > 0 { Role::Warning } else { Role::Label };
    vec![
        Cell::text(group.code.clone()),
        Cell::label(kind(group)),
        Cell::new(count(group.recent), role),
        Cell::number(count(group.hour)),
        Cell::label(duration(age)),
    ]
}
