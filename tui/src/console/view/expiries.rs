//! Expiries: what disappears when.

use chrono::{DateTime, Utc};
use domain::overview::{Expiry, Overview};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::super::theme::{STRONG, Theme};
use super::super::widget::{self, UNKNOWN};
use crate::text::{bytes, count, span};
use crate::totals;

/// The room for all but the bar.
const WORDS: usize = 36;

/// Draws the pane.
pub(super) fn draw(seen: Option<&Overview>, theme: Theme, frame: &mut Frame, area: Rect) {
    let total = seen.map_or_else(String::new, totals::kept);
    let inside = widget::pane(frame, theme, area, "Expiries", &total);
    let Some(seen) = seen else {
        return frame.render_widget(Line::from(UNKNOWN), inside);
    };
    if seen.expiries.is_empty() {
        return frame.render_widget(Line::styled("no results are kept", theme.faint()), inside);
    }
    let most = seen.expiries.iter().map(|expiry| expiry.results).max().unwrap_or(0);
    let width = usize::from(inside.width).saturating_sub(WORDS);
    let lines = seen.expiries.iter().map(|expiry| row(expiry, seen.at, most, width, theme)).collect();
    widget::list(frame, theme, inside, lines);
}

fn row(expiry: &Expiry, at: DateTime<Utc>, most: i64, width: usize, theme: Theme) -> Line<'static> {
    let left = (expiry.hour - at).to_std().map_or_else(|_| "now".to_owned(), |left| format!("in {}", brief(left)));
    Line::from(vec![
        Span::raw(expiry.hour.format("%H:%M").to_string()),
        Span::styled(format!("  {left:<7}"), theme.faint()),
        Span::styled(format!("{:>10}", count(expiry.results)), STRONG),
        Span::raw(format!("{:>10}  ", bytes(expiry.bytes))),
        Span::styled(widget::bar(expiry.results, most, width), theme.accent()),
    ])
}

/// Hours, or the minutes of less than one.
fn brief(left: std::time::Duration) -> String {
    match left.as_secs() / 60 {
        minutes @ 0..60 => format!("{minutes}m"),
        minutes => span(std::time::Duration::from_secs(minutes / 60 * 3_600)).replace("00m", ""),
    }
}
