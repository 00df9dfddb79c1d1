//! Throughput: what was completed and what failed, minute by minute, for an hour.

use domain::overview::{Minute, Overview};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

use super::super::theme::{STRONG, Theme};
use super::super::widget::{self, UNKNOWN};
use crate::text::about;
use crate::totals::Done;

/// The room for the scale, at the left of the charts.
const GUTTER: u16 = 9;

/// Draws the pane.
pub(super) fn draw(seen: Option<&Overview>, theme: Theme, frame: &mut Frame, area: Rect) {
    let inside = widget::pane(frame, theme, area, "Throughput", "per minute, last hour");
    let Some(seen) = seen else {
        return frame.render_widget(Line::from(UNKNOWN), inside);
    };
    let minutes = &seen.throughput;
    let completed: Vec<i64> = minutes.iter().map(|minute| minute.completed).collect();
    let failed: Vec<i64> = minutes.iter().map(|minute| minute.failed).collect();
    let low = Constraint::Length((inside.height / 4).clamp(1, 4));
    let one = Constraint::Length(1);
    let [totals, upper, lower, axis] = Layout::vertical([one, Constraint::Min(2), low, one]).areas(inside);
    frame.render_widget(sums(Done::of(seen), theme), totals);
    widget::chart(frame, upper, GUTTER, "✓", theme.accent(), &completed);
    widget::chart(frame, lower, GUTTER, "✗", theme.bad(), &failed);
    times(frame, theme, axis, minutes);
}

fn sums(Done { completed, failed }: Done, theme: Theme) -> Line<'static> {
    let ended = completed + failed;
    let rate = if failed > 0 {
        format!(" ({}.{}%)", failed * 100 / ended, failed * 1_000 / ended % 10)
    } else {
        String::new()
    };
    Line::from(vec![
        Span::styled("✓ ", theme.accent()),
        Span::styled(about(completed), STRONG),
        Span::raw(" completed   "),
        Span::styled("✗ ", theme.bad()),
        Span::styled(about(failed), STRONG),
        Span::raw(format!(" failed{rate}")),
    ])
}

/// Says when the first and the last of the minutes on the charts began.
fn times(frame: &mut Frame, theme: Theme, area: Rect, minutes: &[Minute]) {
    let [_, area] = Layout::horizontal([Constraint::Length(GUTTER), Constraint::Min(0)]).areas(area);
    let columns = usize::from(area.width);
    let wide = (columns / minutes.len().max(1)).max(1);
    let shown = minutes.len().min(columns / wide);
    let plotted = Rect { width: u16::try_from(shown * wide).unwrap_or(area.width), ..area };
    let ends = (minutes.len() - shown, minutes.len().saturating_sub(1));
    let time = |at: usize| minutes.get(at).map_or(String::new(), |minute| minute.minute.format("%H:%M").to_string());
    let label = |at| Line::styled(time(at), theme.faint());
    widget::ends(frame, plotted, label(ends.0), label(ends.1));
}
