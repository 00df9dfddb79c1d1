//! Expiries: how many results expire in each hour.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::overview::{Expiry, Overview};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::console::theme::{STRONG, Theme};
use crate::console::widget::{self, UNKNOWN};
use crate::output::format::{bytes, count, duration};
use crate::summary;

/// The width of everything but the bar.
const TEXT_WIDTH: usize = 36;

/// Draws the pane.
pub(super) fn draw(overview: Option<&Overview>, theme: Theme, frame: &mut Frame, area: Rect) {
    let total = overview.map_or_else(String::new, summary::stored_results);
    let inside = widget::pane(frame, theme, area, "Expiries", &total);
    let Some(overview) = overview else {
        return frame.render_widget(Line::from(UNKNOWN), inside);
    };
    if overview.expiries.is_empty() {
        return frame.render_widget(Line::styled("no results stored", theme.faint()), inside);
    }
    let max = overview.expiries.iter().map(|expiry| expiry.results).max().unwrap_or(0);
    let bar_width = usize::from(inside.width).saturating_sub(TEXT_WIDTH);
    let row = |expiry| row(expiry, overview.at, max, bar_width, theme);
    widget::list(frame, theme, inside, overview.expiries.iter().map(row).collect());
}

fn row(expiry: &Expiry, now: DateTime<Utc>, max: i64, bar_width: usize, theme: Theme) -> Line<'static> {
    let left = (expiry.hour - now).to_std().map_or_else(|_| "now".to_owned(), |left| format!("in {}", rounded(left)));
    Line::from(vec![
        Span::raw(expiry.hour.format("%H:%M").to_string()),
        Span::styled(format!("  {left:<7}"), theme.faint()),
        Span::styled(format!("{:>10}", count(expiry.results)), STRONG),
        Span::raw(format!("{:>10}  ", bytes(expiry.bytes))),
        Span::styled(widget::bar(expiry.results, max, bar_width), theme.accent()),
    ])
}

/// Formats the time left in whole hours, or in minutes below one hour.
fn rounded(left: Duration) -> String {
    match left.as_secs() / 60 {
        minutes @ 0..60 => format!("{minutes}m"),
        minutes => duration(Duration::from_hours(minutes / 60)).replace("00m", ""),
    }
}
