//! The first line: the state of the link to the database, and the database's clock.

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::console::model::{Load, Model, PollFailure};
use crate::console::theme::{STRONG, Theme};
use crate::console::widget::{self, UNKNOWN};
use crate::output::format;

/// Draws the line.
pub(super) fn draw(model: &Model, theme: Theme, frame: &mut Frame, area: Rect) {
    let now = model.now();
    let (style, state, explanation) = match model.overview() {
        Load::Connecting => (theme.warning(), "◌ connecting".to_owned(), String::new()),
        Load::Failing(failure) => (theme.error(), "✗ no database".to_owned(), explain(failure, now)),
        Load::Live { .. } => (theme.accent(), "● live".to_owned(), model.hint().unwrap_or_default().to_owned()),
        Load::Stale { since, failure, .. } => {
            let age = format::duration(now.saturating_sub(*since));
            (theme.warning(), format!("○ stale for {age}"), explain(failure, now))
        }
    };
    let left = vec![
        Span::styled("tintype", STRONG),
        Span::raw("  "),
        Span::styled(state, style),
        Span::raw("  "),
        Span::raw(explanation),
    ];
    let overview = model.overview().data();
    let clock = overview.map_or_else(|| UNKNOWN.to_owned(), |overview| overview.at.format("%H:%M:%S UTC").to_string());
    widget::justified(frame, area, Line::from(left), Line::from(clock));
}

fn explain(failure: &PollFailure, now: Duration) -> String {
    let attempt = failure.attempts + 1;
    let next = match failure.retry_at {
        Some(retry_at) if retry_at > now => format!("attempt {attempt} in {}", countdown(retry_at.saturating_sub(now))),
        Some(_) => format!("attempt {attempt} now"),
        None => "waiting for a response".to_owned(),
    };
    format!("{next} · {}", failure.reason)
}

/// Formats the time left, rounded up to a whole second.
fn countdown(left: Duration) -> String {
    format::duration(left + Duration::from_millis(999))
}
