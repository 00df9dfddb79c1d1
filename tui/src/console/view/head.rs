//! The first line: who this is, how old the numbers are, and the database's clock.

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::super::core::{Load, Model, Trouble};
use super::super::theme::{STRONG, Theme};
use super::super::widget;
use crate::text::span;

/// Draws the line.
pub(super) fn draw(model: &Model, theme: Theme, frame: &mut Frame, area: Rect) {
    let now = model.now();
    let (style, state, why) = match model.load() {
        Load::Connecting => (theme.warning(), "◌ connecting".to_owned(), String::new()),
        Load::Failing(trouble) => (theme.bad(), "✗ no database".to_owned(), explain(trouble, now)),
        Load::Live { .. } => (theme.accent(), "● live".to_owned(), String::new()),
        Load::Stale { since, trouble, .. } => {
            let age = span(now.saturating_sub(*since));
            (theme.warning(), format!("○ stale for {age}"), explain(trouble, now))
        }
    };
    let left = vec![
        Span::styled("tintype", STRONG),
        Span::raw("  "),
        Span::styled(state, style),
        Span::raw("  "),
        Span::raw(why),
    ];
    let clock = super::seen(model)
        .map_or_else(|| widget::UNKNOWN.to_owned(), |seen| seen.at.format("%H:%M:%S UTC").to_string());
    widget::ends(frame, area, Line::from(left), Line::from(clock));
}

/// A time with its last second counted whole, for counting down.
fn begun(time: Duration) -> Duration {
    time + Duration::from_millis(999)
}

fn explain(trouble: &Trouble, now: Duration) -> String {
    let next = match trouble.next {
        Some(next) if next > now => format!("try {} in {}", trouble.tries + 1, span(begun(next.saturating_sub(now)))),
        Some(_) => format!("try {} now", trouble.tries + 1),
        None => "waiting".to_owned(),
    };
    format!("{next} · {}", trouble.why)
}
