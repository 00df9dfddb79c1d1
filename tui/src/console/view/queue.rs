//! The queue: what is not finished, by state.

use domain::overview::{Overview, Queue};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::super::theme::{STRONG, Theme};
use super::super::widget::{self, UNKNOWN};
use crate::text::{probe, seconds, span};

/// Draws the pane.
pub(super) fn draw(seen: Option<&Overview>, theme: Theme, frame: &mut Frame, area: Rect) {
    let inside = widget::pane(frame, theme, area, "Queue", "");
    let queue = seen.map(|seen| &seen.queue);
    let width = usize::from(inside.width);
    let most = queue.map_or(0, |queue| queue.queued.max(queue.processing));
    let wait = queue.map_or(UNKNOWN.to_owned(), wait);
    let mut lines = vec![];
    let states = [
        ("○ queued", queue.map(|queue| queue.queued), theme.warning()),
        ("◐ processing", queue.map(|queue| queue.processing), theme.accent()),
    ];
    for (name, depth, style) in states {
        lines.push(row(name, &depth.map_or(UNKNOWN.to_owned(), probe), width, style));
        lines.push(Line::styled(widget::bar(depth.unwrap_or(0), most, width), style));
        lines.push(Line::default());
    }
    lines.push(row("oldest wait", &wait, width, Style::new()));
    frame.render_widget(Paragraph::new(lines), inside);
}

/// How long the oldest has waited. Where none waits, none has.
fn wait(queue: &Queue) -> String {
    queue.oldest_wait_s.map_or_else(|| "none".to_owned(), |s| span(seconds(s)))
}

fn row(name: &str, value: &str, width: usize, style: Style) -> Line<'static> {
    let gap = width.saturating_sub(Span::raw(name).width() + Span::raw(value).width());
    Line::from(vec![
        Span::styled(name.to_owned(), style),
        Span::raw(" ".repeat(gap)),
        Span::styled(value.to_owned(), STRONG),
    ])
}
