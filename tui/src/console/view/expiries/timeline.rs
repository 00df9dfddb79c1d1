//! How many results expire in each hour.

use chrono::{DateTime, TimeDelta, Utc};
use domain::overview::Expiry;
use ratatui::layout::Rect;

use crate::console::core::model::Model;
use crate::console::theme::Role;
use crate::console::view::{Words, placeholder, progress};
use crate::console::widget::{Canvas, Cell, Histogram, UNKNOWN, behind, pane_of, spark};
use crate::output::format::{approximate, bytes};

/// The smallest number of hours that is drawn.
const MIN_HOURS: i64 = 24;

/// The columns of the largest count, at the left of the chart.
const GUTTER: u16 = 7;

/// Draws the chart in a pane.
pub(super) fn draw(model: &Model, canvas: &mut Canvas, area: Rect) {
    let state = &model.screens.expiries;
    let hours = state.hours.data().map(Vec::as_slice).unwrap_or_default();
    let subtitle = match progress(&state.hours, model.now) {
        cell if cell.text.is_empty() => Cell::label(total(hours)),
        cell => cell,
    };
    let title = [Cell::new("EXPIRING BY HOUR", Role::Title), Cell::label(of_hour(model, hours))];
    let inside = pane_of(canvas, area, &title, &[subtitle], false);
    let words = Words { things: "hours", filter: "", nothing: "Nothing is stored: what is rendered expires here." };
    if placeholder(canvas, inside, &state.hours, hours.len(), &words) {
        return;
    }
    let Some((first, counts, cursor)) = chart(model, hours, inside.width.saturating_sub(GUTTER)) else { return };
    let labels: Vec<String> = (0..counts.len())
        .filter_map(|number| i64::try_from(number).ok())
        .map(|number| (first + TimeDelta::hours(number)).format("%Hh").to_string())
        .collect();
    Histogram { counts: &counts, labels: &labels, cursor }.draw(canvas, inside, Role::Accent);
}

/// Draws the chart in one line.
pub(super) fn line(model: &Model, canvas: &mut Canvas, area: Rect) {
    let state = &model.screens.expiries;
    let Some(hours) = state.hours.data() else {
        let text = state.hours.failure().unwrap_or(UNKNOWN);
        canvas.text(area, text, Role::Label);
        return;
    };
    let taken = canvas.line(area, &[Cell::label(" by hour "), Cell::text(of_hour(model, hours)), Cell::text("  ")]);
    let rest = behind(area, taken);
    let Some((_, counts, cursor)) = chart(model, hours, rest.width) else { return };
    let line = Rect { width: u16::try_from(counts.len()).unwrap_or(u16::MAX).min(rest.width), ..rest };
    spark(canvas, line, &counts, Role::Accent);
    if let Some(cursor) = cursor.and_then(|cursor| u16::try_from(cursor).ok()) {
        canvas.restyle(Rect { width: 1, ..behind(line, cursor) }.intersection(line), Role::Warning);
    }
}

/// A chart: its first hour, the count of each, and the position of the cursor.
type Chart = (DateTime<Utc>, Vec<Option<i64>>, Option<usize>);

/// The hours that fit: from the present one on, or around the cursor.
fn chart(model: &Model, hours: &[Expiry], width: u16) -> Option<Chart> {
    let now = model.clock()?.timestamp().div_euclid(3_600);
    let index = |time: DateTime<Utc>| time.timestamp().div_euclid(3_600);
    let cursor = model.screens.expiries.hour.map_or(now, index);
    let last = hours.last().map_or(now, |expiry| index(expiry.hour));
    let length = (last - now + 1).max(MIN_HOURS).min(i64::from(width).max(1));
    let first = now.max(cursor - length + 1);
    let count = |hour: i64| {
        let expiry = hours.iter().find(|expiry| index(expiry.hour) == hour);
        Some(expiry.map_or(0, |expiry| expiry.results.max(0)))
    };
    let start = DateTime::from_timestamp(first * 3_600, 0)?;
    Some((start, (first..first + length).map(count).collect(), usize::try_from(cursor - first).ok()))
}

/// What expires in the hour of the cursor.
fn of_hour(model: &Model, hours: &[Expiry]) -> String {
    let Some(hour) = model.screens.expiries.current(&model.context()) else { return String::new() };
    let expiry = hours.iter().find(|expiry| expiry.hour == hour);
    let (results, size) = expiry.map_or((0, 0), |expiry| (expiry.results.max(0), expiry.bytes.max(0)));
    let end = hour + TimeDelta::hours(1);
    format!("  {}–{} {}, {}", hour.format("%H:%M"), end.format("%H:%MZ"), approximate(results), bytes(size))
}

fn total(hours: &[Expiry]) -> String {
    let results = hours.iter().map(|expiry| expiry.results.max(0)).sum();
    format!("{} results, {}", approximate(results), bytes(hours.iter().map(|expiry| expiry.bytes.max(0)).sum()))
}
