//! The numbers that matter most.

use std::time::Duration;

use domain::overview::{FleetSummary, FleetTotal, MAX_COUNTED, Minute, Queue, Snapshot};
use ratatui::layout::Rect;

use crate::console::core::model::Model;
use crate::console::theme::Role;
use crate::console::widget::{Canvas, Cell, Tile, UNKNOWN, tiles};
use crate::output::format::{capped, count, duration, seconds};

/// The narrowest area in which a number has room for a note.
const NOTED: u16 = 100;

/// Draws the numbers in as many lines as there are.
pub(super) fn draw(model: &Model, canvas: &mut Canvas, area: Rect) {
    let snapshot = model.overview.data();
    let fleet = model.screens.overview.fleet.data();
    let minutes = model.screens.overview.throughput.data().map(Vec::as_slice).unwrap_or_default();
    let minute = |value: fn(&Minute) -> i64, role| last(minutes).map(|minute| rate(value(minute), role));
    let numbers = [
        ("QUEUED", "QUEUED", snapshot.map(|snapshot| queued(&snapshot.queue))),
        ("PROCESSING", "PROC", snapshot.map(|snapshot| processing(&snapshot.queue, fleet))),
        ("DONE/min", "DONE/m", minute(|minute| minute.completed, Role::Number)),
        ("FAILED/min", "FAIL/m", minute(|minute| minute.failed, Role::Warning)),
        ("OLDEST WAIT", "WAIT", snapshot.map(|snapshot| wait(&snapshot.queue))),
        ("WORKERS", "WRK", fleet.map(|fleet| workers(&fleet.total))),
        ("OVERDUE", "OVER", snapshot.zip(fleet).map(|(snapshot, fleet)| overdue(snapshot, fleet))),
    ];
    let tile = |(label, short, value): (&'static str, &'static str, Option<(Cell<'static>, String)>)| {
        let (value, note) = value.unwrap_or_else(|| (Cell::label(UNKNOWN), String::new()));
        let note = if area.width >= NOTED { note } else { String::new() };
        Tile { label, short, value, note: Cell::label(note) }
    };
    let has_room = area.width >= NOTED || area.height > 1;
    let is_shown = |(label, ..): &(&str, &str, Option<_>)| has_room || *label != "OVERDUE";
    let numbers: Vec<Tile> = numbers.into_iter().filter(is_shown).map(tile).collect();
    tiles(canvas, area, &numbers);
}

/// The last minute that is over.
pub(super) fn last(minutes: &[Minute]) -> Option<&Minute> {
    minutes.iter().rev().nth(1)
}

fn rate(number: i64, role: Role) -> (Cell<'static>, String) {
    (Cell::new(count(number), if number > 0 { role } else { Role::Number }), String::new())
}

fn queued(queue: &Queue) -> (Cell<'static>, String) {
    let role = if queue.queued >= MAX_COUNTED { Role::Alarm } else { Role::Number };
    let parked = if queue.parked > 0 { format!("{} later", capped(queue.parked)) } else { String::new() };
    (Cell::new(capped(queue.queued), role), parked)
}

fn processing(queue: &Queue, fleet: Option<&FleetSummary>) -> (Cell<'static>, String) {
    let slots = fleet.map_or_else(|| UNKNOWN.to_owned(), |fleet| count(fleet.total.slots));
    (Cell::number(format!("{}/{slots}", capped(queue.processing))), String::new())
}

fn wait(queue: &Queue) -> (Cell<'static>, String) {
    let Some(waited) = queue.oldest_wait_s.map(seconds) else { return (Cell::number("–"), String::new()) };
    let role = match waited {
        waited if waited > Duration::from_mins(5) => Role::Bad,
        waited if waited > Duration::from_mins(1) => Role::Warning,
        _ => Role::Number,
    };
    (Cell::new(duration(waited), role), String::new())
}

fn workers(fleet: &FleetTotal) -> (Cell<'static>, String) {
    let role = match (fleet.alive, fleet.lost) {
        (0, _) => Role::Alarm,
        (_, 0) => Role::Number,
        _ => Role::Bad,
    };
    let lost = if fleet.lost > 0 { format!("{} lost", fleet.lost) } else { String::new() };
    (Cell::new(format!("{}/{}", fleet.alive, fleet.alive + fleet.lost), role), lost)
}

fn overdue(snapshot: &Snapshot, fleet: &FleetSummary) -> (Cell<'static>, String) {
    match fleet.sweep.overdue_since {
        Some(since) => {
            let late = (snapshot.at - since).to_std().unwrap_or_default();
            (Cell::new(duration(late), Role::Bad), String::new())
        }
        None => (Cell::number("none"), String::new()),
    }
}
