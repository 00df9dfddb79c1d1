//! Everything about one worker.

use domain::worker::{Fleet, Worker};
use ratatui::layout::Rect;

use super::table::state;
use crate::console::core::model::Model;
use crate::console::core::screen::workers::{Pane, fitted};
use crate::console::theme::Role;
use crate::console::widget::{Canvas, Cell, UNKNOWN, behind, pane_of, spark};
use crate::fleet_text::{age, memory, note, rate};
use crate::output::format::{duration, quantity, seconds};

/// The width of the labels.
const LABEL: u16 = 11;

/// The widest chart.
const MAX_CHART: u16 = 40;

/// Draws the pane.
pub(super) fn draw(model: &Model, canvas: &mut Canvas, area: Rect) {
    let screen = &model.screens.workers;
    let Some((fleet, worker)) = screen.fleet.data().zip(screen.selected()) else {
        pane_of(canvas, area, &[Cell::new("WORKER", Role::Title)], &[], screen.pane == Pane::Detail);
        return;
    };
    let process = worker.pid.map(|pid| format!("  process {pid}")).unwrap_or_default();
    let host = worker.host.as_deref().unwrap_or_default();
    let state = state(worker, canvas.glyphs);
    let title = [Cell::new(worker.name.as_str(), Role::Title), Cell::label(format!("  {host}{process}  ")), state];
    let since = screen.history.since.map(|at| at.format("charts since %H:%M").to_string()).unwrap_or_default();
    let inside = pane_of(canvas, area, &title, &[Cell::label(since)], screen.pane == Pane::Detail);
    let texts = texts(fleet, worker);
    let charts = charts(model, worker);
    // In a small pane the charts go first: what they show is in the table, too.
    let room = usize::from(inside.height).saturating_sub(texts.len());
    let mut lines = inside.rows();
    for ((label, text, role), line) in texts.into_iter().zip(&mut lines) {
        canvas.text(line, label, Role::Label);
        canvas.text(behind(line, LABEL), &text, role);
    }
    for ((label, series, role), line) in charts.into_iter().take(room).zip(lines) {
        canvas.text(line, label, Role::Label);
        let chart = behind(line, LABEL);
        let chart = Rect { width: chart.width.min(MAX_CHART), ..chart };
        spark(canvas, chart, &fitted(&series, chart.width.into()), role);
    }
}

fn texts(fleet: &Fleet, worker: &Worker) -> Vec<(&'static str, String, Role)> {
    let beat = format!(
        "{}  {} ago (late after 7s, lost after 15s)",
        worker.beat_at.format("%H:%M:%S"),
        duration(seconds(worker.silent_s))
    );
    let lapse = worker.lapses_at.map(|at| match (at - fleet.at).to_std() {
        Ok(left) => format!(", the first lapses in {}", duration(left)),
        Err(_) => ", the first has lapsed".to_owned(),
    });
    let leases = format!("{} on {} slots{}", quantity(worker.busy, "lease"), worker.slots, lapse.unwrap_or_default());
    let rates = format!(
        "{} completed, {} failed in the last minute",
        rate(worker, worker.completed_1m),
        rate(worker, worker.failed_1m)
    );
    let sweep = worker.swept_at.map_or_else(|| UNKNOWN.to_owned(), |at| format!("{} ago", age(fleet.at, at)));
    let note = note(fleet, worker);
    let mut texts = vec![
        ("last beat", beat, Role::Text),
        ("leases", leases, Role::Text),
        ("attempts", rates, Role::Text),
        ("memory", format!("{}  last sweep {sweep}", memory(worker)), Role::Text),
        ("version", format!("{}  {}", worker.version, worker.browser), Role::Text),
        ("up", format!("{}  id {}", age(fleet.at, worker.started_at), worker.id), Role::Text),
    ];
    if !note.is_empty() {
        texts.insert(0, ("note", note, Role::Warning));
    }
    texts
}

type Chart = (&'static str, Vec<Option<i64>>, Role);

/// Charts of what was read since the console was opened.
fn charts(model: &Model, worker: &Worker) -> Vec<Chart> {
    let history = &model.screens.workers.history;
    vec![
        ("beat age", history.silence(worker.id), Role::Warning),
        ("ok/min", history.completed(worker.id), Role::Good),
        ("fail/min", history.failed(worker.id), Role::Bad),
        ("memory", history.memory(worker.id), Role::Accent),
        ("leases", history.busy(worker.id), Role::Accent),
    ]
}
