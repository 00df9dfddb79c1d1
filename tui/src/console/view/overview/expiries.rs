//! What expires in the next day, and whether it is deleted.

use domain::overview::Expiry;
use ratatui::layout::Rect;

use super::load::{self, Frame};
use crate::console::core::model::Model;
use crate::console::theme::Role;
use crate::console::widget::{Canvas, Cell, spark};
use crate::output::format::{approximate, bytes, duration};

/// The hours that are drawn.
const HOURS: i64 = 24;

/// Draws the pane.
pub(super) fn draw(model: &Model, canvas: &mut Canvas, area: Rect) {
    let load = &model.screens.overview.expiries;
    let subtitle = load.data().map(|hours| stored(hours)).unwrap_or_default();
    let frame = Frame { title: "EXPIRING", subtitle, has_focus: false };
    let Some((inside, hours)) = load::draw(model, canvas, area, frame, load) else { return };
    let mut lines = inside.rows();
    if let Some(line) = lines.next() {
        let width = canvas.text(line, "24 h ", Role::Label);
        let chart = crate::console::widget::behind(line, width);
        let by_hour = by_hour(model, hours);
        spark(canvas, Rect { width: chart.width.min(24), ..chart }, &by_hour, Role::Accent);
    }
    if let Some(line) = lines.next() {
        let mut cells = next(model, hours);
        cells.push(Cell::text("  "));
        cells.extend(sweep(model));
        canvas.line(line, &cells);
    }
}

fn stored(hours: &[Expiry]) -> String {
    let (results, size) = (hours.iter().map(|hour| hour.results).sum(), hours.iter().map(|hour| hour.bytes).sum());
    format!("{}, {}", approximate(results), bytes(size))
}

/// The results of each of the next hours.
fn by_hour(model: &Model, hours: &[Expiry]) -> Vec<Option<i64>> {
    let Some(now) = model.clock() else { return Vec::new() };
    let first = now.timestamp().div_euclid(3_600);
    let of = |hour: i64| hours.iter().find(|expiry| expiry.hour.timestamp().div_euclid(3_600) == hour);
    (first..first + HOURS).map(|hour| Some(of(hour).map_or(0, |expiry| expiry.results))).collect()
}

/// What expires in this hour.
pub(super) fn next(model: &Model, hours: &[Expiry]) -> Vec<Cell<'static>> {
    let this = by_hour(model, hours).first().copied().flatten().unwrap_or(0);
    vec![Cell::label("this hour "), Cell::number(approximate(this))]
}

/// When workers deleted expired results last.
fn sweep(model: &Model) -> Vec<Cell<'static>> {
    let Some((fleet, now)) = model.screens.overview.fleet.data().zip(model.clock()) else { return Vec::new() };
    let ago = |at: chrono::DateTime<chrono::Utc>| duration((now - at).to_std().unwrap_or_default());
    match (fleet.sweep.overdue_since, fleet.sweep.last_at) {
        (Some(since), _) => vec![Cell::new(format!("overdue for {}", ago(since)), Role::Bad)],
        (None, Some(last)) => vec![Cell::label("sweep "), Cell::new(format!("{} ago", ago(last)), Role::Good)],
        (None, None) => vec![Cell::label("none overdue")],
    }
}
