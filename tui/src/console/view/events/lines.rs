//! The lines above the events: how many there were, and which are shown.

use chrono::{DateTime, TimeDelta, Utc};
use domain::event::EventLevel;
use ratatui::layout::Rect;

use super::level::{i64_of, level};
use crate::console::core::model::Model;
use crate::console::core::screen::events::{ALL_LEVELS, Older, State};
use crate::console::theme::Role;
use crate::console::widget::{Canvas, Cell, behind, prompt, spark};
use crate::output::format::count;

/// How many minutes the chart shows at most.
const MINUTES: u16 = 60;

/// Draws how many events of each level were read, and how many there were in each minute.
pub(super) fn rates(model: &Model, canvas: &mut Canvas, area: Rect) {
    let state = &model.screens.events;
    let mut cells = Vec::new();
    for shown in ALL_LEVELS {
        let number = state.tail.events().filter(|event| event.level == shown).count();
        let Cell { text, role } = level(shown, canvas.glyphs);
        let role = if state.levels.shows(shown) { role } else { Role::Disabled };
        cells.push(Cell::new(format!("{text} {}  ", count(i64_of(number))), role));
    }
    if let Some(oldest) = state.tail.oldest() {
        cells.push(Cell::label(format!("since {}", oldest.format("%d %b %H:%M"))));
    }
    let taken = canvas.line_right(area, &cells);
    let Some(now) = model.clock() else { return };
    let label = canvas.text(area, "per minute ", Role::Label);
    let chart = Rect { width: area.width.saturating_sub(taken + 2), ..area };
    let chart = behind(chart, label);
    let chart = Rect { width: chart.width.min(MINUTES), ..chart };
    spark(canvas, chart, &minutes(state, now, chart.width), Role::Accent);
}

/// How many events there were in each of the last minutes, as far as they were read.
fn minutes(state: &State, now: DateTime<Utc>, width: u16) -> Vec<Option<i64>> {
    let minute = |at: DateTime<Utc>| (now - at).num_minutes();
    let is_whole = state.tail.older() == Older::End;
    let read_to = state.tail.oldest().map_or(-1, minute);
    let mut counts: Vec<Option<i64>> =
        (0..i64::from(width)).map(|ago| (is_whole || ago < read_to).then_some(0)).collect();
    for event in state.tail.events().filter(|event| event.at <= now + TimeDelta::minutes(1)) {
        let ago = usize::try_from(minute(event.at).max(0)).unwrap_or(usize::MAX);
        if let Some(Some(count)) = counts.get_mut(ago) {
            *count += 1;
        }
    }
    counts.reverse();
    counts
}

/// Draws the filter, which may be being edited, and the levels.
pub(super) fn filter(state: &State, canvas: &mut Canvas, area: Rect) {
    if let Some((line, error)) = &state.editing {
        let taken = prompt(canvas, area, "/ ", &line.text(), line.cursor());
        let text = error.as_deref().unwrap_or("Enter reads, Esc leaves");
        let role = if error.is_some() { Role::Bad } else { Role::Label };
        canvas.text(behind(area, taken + 2), text, role);
        return;
    }
    let hidden: Vec<Cell> =
        ALL_LEVELS.into_iter().filter(|level| !state.levels.shows(*level)).map(|level| hint(level)).collect();
    let taken = canvas.line_right(area, &hidden);
    let rest = Rect { width: area.width.saturating_sub(taken + 1), ..area };
    if state.text.is_empty() {
        canvas.line(
            rest,
            &[Cell::new("/", Role::Key), Cell::label(" level: kind: job: worker: account: actor: error: since:")],
        );
    } else {
        canvas.line(rest, &[Cell::new("/ ", Role::Key), Cell::text(state.text.as_str()), Cell::label("   Esc clears")]);
    }
}

/// The key that shows a level again.
fn hint(level: EventLevel) -> Cell<'static> {
    Cell::new(
        match level {
            EventLevel::Error => " E shows errors",
            EventLevel::Warning => " n shows warnings",
            EventLevel::Info => " I shows info",
            EventLevel::Audit => " A shows audit",
        },
        Role::Warning,
    )
}
