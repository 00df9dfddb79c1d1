//! Levels and numbers of events.

use domain::event::EventLevel;

use crate::console::glyph::Glyphs;
use crate::console::theme::Role;
use crate::console::widget::Cell;

/// The level as a letter and a sign, and how it looks.
pub(super) fn level(level: EventLevel, glyphs: &Glyphs) -> Cell<'static> {
    let (letter, sign, role) = match level {
        EventLevel::Error => ("E", glyphs.bad, Role::Bad),
        EventLevel::Warning => ("W", glyphs.warning, Role::Warning),
        EventLevel::Audit => ("A", glyphs.step, Role::Accent),
        EventLevel::Info => ("I", glyphs.dot, Role::Label),
    };
    Cell::new(format!("{letter}{sign}"), role)
}

/// A number of rows, as numbers are formatted.
pub(super) fn i64_of(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
