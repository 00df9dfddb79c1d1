//! How long jobs took lately.

use domain::overview::{Latency, Outcomes, Percentiles};
use ratatui::layout::Rect;

use super::load::{self, Frame};
use crate::console::core::model::Model;
use crate::console::theme::Role;
use crate::console::widget::{Align, Canvas, Cell, Column, Table, Width};
use crate::output::format::millis;

const COLUMNS: [Column; 5] = [
    Column { title: "≈", width: Width::Fill(10), align: Align::Left, priority: 0 },
    Column { title: "p50", width: Width::Fixed(6), align: Align::Right, priority: 0 },
    Column { title: "p95", width: Width::Fixed(6), align: Align::Right, priority: 0 },
    Column { title: "p99", width: Width::Fixed(6), align: Align::Right, priority: 1 },
    Column { title: "n", width: Width::Fixed(6), align: Align::Right, priority: 2 },
];

/// Draws the pane.
pub(super) fn draw(model: &Model, canvas: &mut Canvas, area: Rect) {
    let frame = Frame { title: "LATENCY", subtitle: "last 5 min".to_owned(), has_focus: false };
    let load = &model.screens.overview.outcomes;
    let Some((inside, outcomes)) = load::draw(model, canvas, area, frame, load) else { return };
    let rows = rows(outcomes);
    if rows.is_empty() {
        canvas.text(inside, "No job ended in the last 5 minutes.", Role::Label);
        return;
    }
    Table::new(&COLUMNS, rows.len()).draw(canvas, inside, |row| rows.get(row).cloned().unwrap_or_default());
}

/// One row for the wait and one for the render of each type.
fn rows(outcomes: &Outcomes) -> Vec<Vec<Cell<'static>>> {
    let of_type = |latency: &Latency| {
        let jobs = latency.completed + latency.failed;
        let kind = if latency.kind == "screenshot" { "shot" } else { &latency.kind };
        [row(format!("{kind} wait"), latency.wait, jobs), row("  render".to_owned(), latency.render, jobs)]
    };
    outcomes.latency.iter().flat_map(of_type).collect()
}

fn row(label: String, percentiles: Option<Percentiles>, jobs: i64) -> Vec<Cell<'static>> {
    let value = |value: fn(Percentiles) -> i64| Cell::number(percentiles.map_or("–".to_owned(), |p| millis(value(p))));
    vec![
        Cell::label(label),
        value(|p| p.p50_ms),
        value(|p| p.p95_ms),
        value(|p| p.p99_ms),
        Cell::label(crate::output::format::count(jobs)),
    ]
}
