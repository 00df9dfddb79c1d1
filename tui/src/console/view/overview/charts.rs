//! The last hour: how many jobs were unfinished, and how many ended.

use domain::overview::{MAX_COUNTED, Minute};
use ratatui::layout::Rect;

use super::load::{self, Frame};
use crate::console::core::attention::drain;
use crate::console::core::model::Model;
use crate::console::theme::Role;
use crate::console::widget::{Canvas, Cell, behind, sparkline};
use crate::output::format::{approximate, count, duration};

/// The smallest width of the largest count at the left.
const GUTTER: u16 = 6;

/// Draws how many jobs were unfinished. Nobody stores that: it is what is unfinished now, less what arrived since,
/// and with what ended since.
pub(super) fn depth(model: &Model, canvas: &mut Canvas, area: Rect) {
    let frame = Frame { title: "UNFINISHED", subtitle: "60 min".to_owned(), has_focus: false };
    let load = &model.screens.overview.throughput;
    let Some((inside, minutes)) = load::draw(model, canvas, area, frame, load) else { return };
    let plot = plot(inside);
    let counts = unfinished(model, minutes);
    chart(canvas, plot, &counts, Role::Accent);
    let line = inside.rows().next_back().unwrap_or_default();
    canvas.line(line, &rates(model, minutes));
}

/// How many jobs were unfinished at the end of each minute, as far as it is known.
pub(super) fn unfinished(model: &Model, minutes: &[Minute]) -> Vec<Option<i64>> {
    let now = model.overview.data().map(|snapshot| (snapshot.queue.queued, snapshot.queue.processing));
    // From a capped count nothing can be concluded.
    let mut depth = now.filter(|(queued, _)| *queued < MAX_COUNTED).map(|(queued, processing)| queued + processing);
    let mut counts: Vec<Option<i64>> = Vec::with_capacity(minutes.len());
    for minute in minutes.iter().rev() {
        counts.push(depth.map(|depth| depth.max(0)));
        depth = depth.map(|depth| depth - minute.submitted + minute.completed + minute.failed);
    }
    counts.reverse();
    counts
}

/// How fast jobs arrive and end, and when none will be left.
pub(super) fn rates(model: &Model, minutes: &[Minute]) -> Vec<Cell<'static>> {
    let rates = drain(minutes);
    let queued = model.overview.data().map_or(0, |snapshot| snapshot.queue.queued);
    let left = match rates.time(queued) {
        _ if queued == 0 => Cell::label(", none waits"),
        Some(left) if queued < MAX_COUNTED => Cell::label(format!(", drained in ≈{}", duration(left))),
        Some(_) => Cell::label(", shrinking"),
        None => Cell::new(", drained: never", Role::Warning),
    };
    let (arriving, ending) = (approximate(rates.arriving), approximate(rates.ending));
    vec![Cell::text(format!("{arriving}/min in {ending} out")), left]
}

/// Draws how many jobs completed, and below how many failed.
pub(super) fn throughput(model: &Model, canvas: &mut Canvas, area: Rect) {
    let frame = Frame { title: "DONE, FAILED /min", subtitle: "60 min".to_owned(), has_focus: false };
    let load = &model.screens.overview.throughput;
    let Some((inside, minutes)) = load::draw(model, canvas, area, frame, load) else { return };
    let plot = plot(inside);
    let failed_height = (plot.height / 3).max(1);
    let done_area = Rect { height: plot.height - failed_height.min(plot.height), ..plot };
    let failed_area = Rect { y: done_area.bottom(), height: failed_height, ..plot };
    let of = |value: fn(&Minute) -> i64| minutes.iter().map(|minute| Some(value(minute))).collect::<Vec<_>>();
    chart(canvas, done_area, &of(|minute| minute.completed), Role::Good);
    chart(canvas, failed_area, &of(|minute| minute.failed), Role::Bad);
    let line = inside.rows().next_back().unwrap_or_default();
    canvas.line(line, &hour(minutes));
}

/// How many jobs ended in the hour.
pub(super) fn hour(minutes: &[Minute]) -> Vec<Cell<'static>> {
    let completed: i64 = minutes.iter().map(|minute| minute.completed).sum();
    let failed: i64 = minutes.iter().map(|minute| minute.failed).sum();
    let per_mille = failed * 1_000 / (completed + failed).max(1);
    let share = format!(" ({}.{}%)", per_mille / 10, per_mille % 10);
    let role = if failed > 0 { Role::Warning } else { Role::Text };
    vec![
        Cell::text(format!("1 h {} done, ", approximate(completed))),
        Cell::new(format!("{} failed", approximate(failed)), role),
        Cell::label(if failed > 0 { share } else { String::new() }),
    ]
}

/// The area of a chart: all but the last line.
fn plot(inside: Rect) -> Rect {
    Rect { height: inside.height.saturating_sub(1), ..inside }
}

/// Draws counts by the minute with the largest at the left. They fill the width: a column may be several minutes, of
/// which the largest is drawn, or part of one.
fn chart(canvas: &mut Canvas, area: Rect, counts: &[Option<i64>], role: Role) {
    let max = counts.iter().flatten().max().copied().unwrap_or(0);
    let gutter = canvas.text(area, &count(max), Role::Label).max(GUTTER - 1) + 1;
    let bars = behind(area, gutter);
    let columns = usize::from(bars.width);
    let column = |at: usize| {
        let (first, end) = (at * counts.len() / columns, ((at + 1) * counts.len()).div_ceil(columns));
        counts.get(first..end).unwrap_or_default().iter().flatten().max().copied()
    };
    sparkline(canvas, bars, &(0..columns).map(column).collect::<Vec<_>>(), max, role);
}
