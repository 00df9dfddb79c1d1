//! The workers, lost ones first.

use domain::overview::Worker;
use ratatui::layout::Rect;

use super::load::{self, Frame};
use crate::console::core::model::Model;
use crate::console::core::screen::overview::Pane;
use crate::console::theme::Role;
use crate::console::widget::{Align, Canvas, Cell, Column, Table, Width};
use crate::output::format::{bytes, count, duration, seconds};

const COLUMNS: [Column; 5] = [
    Column { title: "WORKER", width: Width::Fill(8), align: Align::Left, priority: 0 },
    Column { title: "STATE", width: Width::Fixed(5), align: Align::Left, priority: 0 },
    Column { title: "BEAT", width: Width::Fixed(6), align: Align::Right, priority: 1 },
    Column { title: "SLOTS", width: Width::Fixed(6), align: Align::Right, priority: 0 },
    Column { title: "MEM", width: Width::Fixed(6), align: Align::Right, priority: 2 },
];

/// Draws the pane.
pub(super) fn draw(model: &Model, canvas: &mut Canvas, area: Rect) {
    let state = &model.screens.overview;
    let subtitle = state.fleet.data().map(|fleet| busy(&fleet.workers)).unwrap_or_default();
    let frame = Frame { title: "WORKERS", subtitle, has_focus: state.pane == Pane::Workers };
    let Some((inside, fleet)) = load::draw(model, canvas, area, frame, &state.fleet) else { return };
    let workers = &fleet.workers;
    if workers.is_empty() {
        canvas.text(inside, "No worker has ever registered: start tintype-worker.", Role::Label);
        return;
    }
    let cursor = state.position(Pane::Workers);
    let top = cursor.unwrap_or(0).saturating_sub(Table::height(inside).saturating_sub(1));
    let table = Table { top, cursor, ..Table::new(&COLUMNS, workers.len()) };
    table.draw(canvas, inside, |at| workers.get(at).map(row).unwrap_or_default());
}

fn busy(workers: &[Worker]) -> String {
    let alive = || workers.iter().filter(|worker| worker.alive);
    let (busy, slots): (i32, i32) = (alive().map(|worker| worker.busy).sum(), alive().map(|worker| worker.slots).sum());
    format!("{} of {} slots busy", count(busy.into()), count(slots.into()))
}

fn row(worker: &Worker) -> Vec<Cell<'static>> {
    let (state, role) = match (worker.alive, worker.draining) {
        (false, _) => ("lost", Role::Bad),
        (true, true) => ("drain", Role::Warning),
        (true, false) => ("ok", Role::Good),
    };
    vec![
        Cell::text(worker.name.clone()),
        Cell::new(state, role),
        Cell::label(duration(seconds(worker.silent_s))),
        Cell::number(format!("{}/{}", worker.busy, worker.slots)),
        Cell::label(worker.memory_bytes.map_or("–".to_owned(), |size| bytes(size).replace(' ', ""))),
    ]
}
