//! The table of workers.

use domain::worker::{Fleet, Worker, WorkerState};
use ratatui::layout::Rect;

use crate::console::core::model::Model;
use crate::console::core::screen::workers::Pane;
use crate::console::glyph::Glyphs;
use crate::console::theme::Role;
use crate::console::view::{Words, placeholder, progress};
use crate::console::widget::{Align, Canvas, Cell, Column, Table, Thumb, UNKNOWN, Width, bar, pane_of};
use crate::fleet_text::{age, headline, memory, note, rate};
use crate::output::format::{duration, seconds};

const COLUMNS: [Column; 11] = [
    Column { title: "WORKER", width: Width::Fill(8), align: Align::Left, priority: 0 },
    Column { title: "STATE", width: Width::Fixed(9), align: Align::Left, priority: 0 },
    Column { title: "BEAT", width: Width::Fixed(6), align: Align::Right, priority: 0 },
    Column { title: "SLOTS", width: Width::Fixed(6), align: Align::Right, priority: 0 },
    Column { title: "", width: Width::Fixed(8), align: Align::Left, priority: 6 },
    Column { title: "MEMORY", width: Width::Fixed(7), align: Align::Right, priority: 3 },
    Column { title: "VERSION", width: Width::Fixed(8), align: Align::Left, priority: 5 },
    Column { title: "HOST", width: Width::Fixed(10), align: Align::Left, priority: 4 },
    Column { title: "UP", width: Width::Fixed(6), align: Align::Right, priority: 4 },
    Column { title: "OK/FAIL", width: Width::Fixed(7), align: Align::Right, priority: 1 },
    Column { title: "NOTE", width: Width::Fill(28), align: Align::Left, priority: 2 },
];

const WORDS: Words =
    Words { things: "workers", filter: "", nothing: "No worker was alive in the last hour. Start tintype-worker." };

/// Draws the pane.
pub(super) fn draw(model: &Model, canvas: &mut Canvas, area: Rect) {
    let state = &model.screens.workers;
    let fleet = state.fleet.data();
    let counts = fleet.map_or_else(|| UNKNOWN.to_owned(), headline);
    let title = [Cell::new("WORKERS", Role::Title), Cell::text(format!("  {counts}"))];
    let progress = progress(&state.fleet, model.now);
    let subtitle = if progress.text.is_empty() { Cell::label(state.order.name()) } else { progress };
    let inside = pane_of(canvas, area, &title, &[subtitle], state.pane == Pane::Workers);
    if placeholder(canvas, inside, &state.fleet, state.list.rows().len(), &WORDS) {
        return;
    }
    let Some(fleet) = fleet else { return };
    let (rows, height) = (state.list.rows(), Table::height(inside));
    let top = state.list.top().max((state.list.position() + 1).saturating_sub(height));
    let thumb = (rows.len() > height).then(|| Thumb::rows(top, height, rows.len()));
    let table = Table { top, cursor: Some(state.list.position()), thumb, ..Table::new(&COLUMNS, rows.len()) };
    let glyphs = canvas.glyphs;
    table.draw(canvas, inside, |at| rows.get(at).map(|worker| row(fleet, worker, glyphs)).unwrap_or_default());
}

/// The state as a sign and a word, and how it looks.
pub(super) fn state(worker: &Worker, glyphs: &Glyphs) -> Cell<'static> {
    let (sign, word, role) = match worker.state {
        WorkerState::Lost => (glyphs.bad, "lost", Role::Bad),
        WorkerState::Slow => (glyphs.warning, "slow", Role::Warning),
        WorkerState::Draining if worker.drained_at.is_some() => (glyphs.waiting, "drained", Role::Accent),
        WorkerState::Draining => (glyphs.down, "drain", Role::Warning),
        WorkerState::Ok => (glyphs.good, "ok", Role::Good),
    };
    Cell::new(format!("{sign} {word}"), role)
}

fn row<'a>(fleet: &Fleet, worker: &'a Worker, glyphs: &Glyphs) -> Vec<Cell<'a>> {
    let beat = if worker.state < WorkerState::Draining { Role::Warning } else { Role::Label };
    let fails = worker.failed_1m.is_some_and(|failed| failed > 0 && worker.completed_1m.unwrap_or(0) < failed);
    let rates = format!("{}/{}", rate(worker, worker.completed_1m), rate(worker, worker.failed_1m));
    vec![
        Cell::text(worker.name.as_str()),
        state(worker, glyphs),
        Cell::new(duration(seconds(worker.silent_s)), beat),
        Cell::number(format!("{}/{}", worker.busy, worker.slots)),
        Cell::label(bar(worker.busy, worker.slots.into(), 8)),
        Cell::text(memory(worker).replace(' ', "")),
        Cell::label(worker.version.as_str()),
        Cell::label(worker.host.as_deref().unwrap_or(UNKNOWN)),
        Cell::label(age(fleet.at, worker.started_at)),
        Cell::new(rates, if fails { Role::Bad } else { Role::Text }),
        Cell::new(note(fleet, worker), if worker.state == WorkerState::Lost { Role::Bad } else { Role::Text }),
    ]
}
