//! The queue: unfinished jobs, by state.

use domain::overview::{Overview, Queue};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr;

use crate::console::theme::{STRONG, Theme};
use crate::console::widget::{self, UNKNOWN};
use crate::output::format::{capped, duration, seconds};

/// Draws the pane.
pub(super) fn draw(overview: Option<&Overview>, theme: Theme, frame: &mut Frame, area: Rect) {
    let inside = widget::pane(frame, theme, area, "Queue", "");
    let queue = overview.map(|overview| &overview.queue);
    let width = usize::from(inside.width);
    let max = queue.map_or(0, |queue| queue.queued.max(queue.processing));
    let states = [
        ("○ queued", queue.map(|queue| queue.queued), theme.warning()),
        ("◐ processing", queue.map(|queue| queue.processing), theme.accent()),
    ];
    let mut lines = vec![];
    for (state, jobs, style) in states {
        lines.push(row(state, &jobs.map_or(UNKNOWN.to_owned(), capped), width, style));
        lines.push(Line::styled(widget::bar(jobs.unwrap_or(0), max, width), style));
        lines.push(Line::default());
    }
    let wait = queue.map_or(UNKNOWN.to_owned(), oldest_wait);
    lines.push(row("oldest wait", &wait, width, Style::new()));
    frame.render_widget(Paragraph::new(lines), inside);
}

fn oldest_wait(queue: &Queue) -> String {
    queue.oldest_wait_s.map_or_else(|| "none".to_owned(), |s| duration(seconds(s)))
}

fn row(label: &str, value: &str, width: usize, style: Style) -> Line<'static> {
    let gap = width.saturating_sub(label.width() + value.width());
    Line::from(vec![
        Span::styled(label.to_owned(), style),
        Span::raw(" ".repeat(gap)),
        Span::styled(value.to_owned(), STRONG),
    ])
}
