//! The jobs of one worker.

use domain::worker::InFlightJob;
use ratatui::layout::Rect;

use crate::console::core::model::Model;
use crate::console::core::screen::workers::Pane;
use crate::console::theme::Role;
use crate::console::view::{Words, placeholder, progress};
use crate::console::widget::{Align, Canvas, Cell, Column, Table, Thumb, Width, middle, pane_of};
use crate::output::format::{duration, seconds};

const COLUMNS: [Column; 6] = [
    Column { title: "JOB", width: Width::Fill(13), align: Align::Left, priority: 0 },
    Column { title: "TYPE", width: Width::Fixed(10), align: Align::Left, priority: 3 },
    Column { title: "ACCOUNT", width: Width::Fixed(12), align: Align::Left, priority: 1 },
    Column { title: "TRY", width: Width::Fixed(3), align: Align::Right, priority: 2 },
    Column { title: "RUN", width: Width::Fixed(6), align: Align::Right, priority: 0 },
    Column { title: "LEASE", width: Width::Fixed(6), align: Align::Right, priority: 0 },
];

/// A lease with less left is about to lapse.
const SHORT_S: f64 = 10.0;

/// Draws the pane.
pub(super) fn draw(model: &Model, canvas: &mut Canvas, area: Rect) {
    let state = &model.screens.workers;
    let (name, busy) = state.selected().map_or(("", 0), |worker| (worker.name.as_str(), worker.busy));
    let (rows, has_focus) = (state.jobs.rows(), state.pane == Pane::Jobs);
    let all = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let count = if busy > all && all > 0 { format!("first {all} of {busy}") } else { busy.to_string() };
    let title = [Cell::new("IN FLIGHT", Role::Title), Cell::label(format!(" on {name} ({count})"))];
    let inside = pane_of(canvas, area, &title, &[progress(&state.jobs_of, model.now)], has_focus);
    let words = Words { things: "jobs", filter: "", nothing: "It holds no lease." };
    if placeholder(canvas, inside, &state.jobs_of, rows.len(), &words) {
        return;
    }
    let height = Table::height(inside);
    let top = state.jobs.top().max((state.jobs.position() + 1).saturating_sub(height));
    let thumb = (rows.len() > height).then(|| Thumb::rows(top, height, rows.len()));
    let cursor = has_focus.then(|| state.jobs.position());
    let table = Table { top, cursor, thumb, ..Table::new(&COLUMNS, rows.len()) };
    let columns = inside.width.saturating_sub(44).clamp(13, 36);
    table.draw(canvas, inside, |at| rows.get(at).map(|job| row(job, columns)).unwrap_or_default());
}

fn row(job: &InFlightJob, columns: u16) -> Vec<Cell<'_>> {
    let lease = match job.lease_left_s {
        left if left < 0.0 => Cell::new("lapsed", Role::Bad),
        left if left < SHORT_S => Cell::new(duration(seconds(left)), Role::Warning),
        left => Cell::label(duration(seconds(left))),
    };
    vec![
        Cell::text(middle(&job.job.to_string(), columns).into_owned()),
        Cell::label(job.kind.name()),
        Cell::text(job.account_name.as_str()),
        Cell::label(job.attempt.to_string()),
        Cell::text(duration(seconds(job.run_s))),
        lease,
    ]
}
