//! What moves, in one line each: for narrow terminals.

use domain::overview::{Latency, MAX_COUNTED, Minute};
use ratatui::layout::Rect;

use super::{charts, expiries, numbers};
use crate::console::core::model::Model;
use crate::console::theme::Role;
use crate::console::widget::{Canvas, Cell, UNKNOWN, behind, spark};
use crate::output::format::{approximate, capped, count, millis};

/// The width of a label and its number.
const GUTTER: u16 = 13;

/// A note is cut rather than the chart made narrower than this.
const MIN_CHART: u16 = 20;

/// Draws as many lines as fit.
pub(super) fn draw(model: &Model, canvas: &mut Canvas, area: Rect) {
    let mut lines = area.rows();
    let minutes = model.screens.overview.throughput.data().map(Vec::as_slice).unwrap_or_default();
    let queue = model.overview.data().map(|snapshot| &snapshot.queue);
    let depth = queue.map(|queue| match queue.queued {
        MAX_COUNTED.. => capped(queue.queued),
        queued => count(queued + queue.processing),
    });
    let minute = |value: fn(&Minute) -> i64| numbers::last(minutes).map(|minute| count(value(minute)));
    let of = |value: fn(&Minute) -> i64| minutes.iter().map(|minute| Some(value(minute))).collect::<Vec<_>>();
    let rates = if minutes.is_empty() { Vec::new() } else { charts::rates(model, minutes) };
    let hour = if minutes.is_empty() { Vec::new() } else { charts::hour(minutes) };
    let charts = [
        ("jobs", depth, charts::unfinished(model, minutes), Role::Accent, rates),
        ("done/m", minute(|minute| minute.completed), of(|minute| minute.completed), Role::Good, hour),
        ("fail/m", minute(|minute| minute.failed), of(|minute| minute.failed), Role::Bad, Vec::new()),
    ];
    for ((label, number, counts, role, note), line) in charts.into_iter().zip(lines.by_ref()) {
        canvas.text(line, label, Role::Label);
        let number = number.unwrap_or_else(|| UNKNOWN.to_owned());
        canvas.text_right(Rect { width: GUTTER.min(line.width), ..line }, &number, Role::Number);
        let rest = behind(line, GUTTER + 1);
        let noted: u16 = note.iter().map(Cell::width).sum();
        // The newest minutes are next to the note.
        let width = rest.width.saturating_sub(noted + 1).clamp(MIN_CHART.min(rest.width), 60);
        spark(canvas, Rect { width, ..rest }, &counts, role);
        canvas.line(behind(rest, width + 1), &note);
    }
    let latencies = model.screens.overview.outcomes.data().map(|outcomes| outcomes.latency.as_slice());
    for (latency, line) in latencies.unwrap_or_default().iter().zip(lines.by_ref()) {
        canvas.line(line, &describe(latency));
    }
    if let Some(line) = lines.next() {
        canvas.line(line, &storage(model));
    }
}

fn describe(latency: &Latency) -> Vec<Cell<'static>> {
    let kind = if latency.kind == "screenshot" { "shot" } else { &latency.kind };
    let mut cells = vec![Cell::label(format!("{kind:<5}"))];
    for (name, percentiles) in [("wait", latency.wait), ("render", latency.render)] {
        let text = percentiles.map_or("–".to_owned(), |p| {
            format!("≈{} p95 {} p99 {}", millis(p.p50_ms), millis(p.p95_ms), millis(p.p99_ms))
        });
        cells.extend([Cell::label(format!("{name} ")), Cell::text(format!("{text}  "))]);
    }
    cells
}

/// How many results are stored, and what expires soon.
fn storage(model: &Model) -> Vec<Cell<'static>> {
    let Some(hours) = model.screens.overview.expiries.data() else { return Vec::new() };
    let stored = hours.iter().map(|hour| hour.results).sum();
    let mut cells = vec![Cell::label("results "), Cell::number(approximate(stored)), Cell::label(", expiring ")];
    cells.extend(expiries::next(model, hours));
    cells
}
