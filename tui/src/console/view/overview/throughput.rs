//! Throughput: jobs completed and failed, per minute, in the last hour.

use domain::overview::{Minute, Overview};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

use crate::console::theme::{STRONG, Theme};
use crate::console::widget::{self, UNKNOWN};
use crate::output::format::approximate;
use crate::summary::LastHour;

/// The width of the scale at the left of the charts.
const GUTTER: u16 = 9;

/// Draws the pane.
pub(super) fn draw(overview: Option<&Overview>, theme: Theme, frame: &mut Frame, area: Rect) {
    let inside = widget::pane(frame, theme, area, "Throughput", "per minute, last hour");
    let Some(overview) = overview else {
        return frame.render_widget(Line::from(UNKNOWN), inside);
    };
    let minutes = &overview.throughput;
    let completed: Vec<i64> = minutes.iter().map(|minute| minute.completed).collect();
    let failed: Vec<i64> = minutes.iter().map(|minute| minute.failed).collect();
    let failed_height = Constraint::Length((inside.height / 4).clamp(1, 4));
    let line = Constraint::Length(1);
    let [totals_area, completed_area, failed_area, axis_area] =
        Layout::vertical([line, Constraint::Min(2), failed_height, line]).areas(inside);
    frame.render_widget(totals(LastHour::of(overview), theme), totals_area);
    widget::chart(frame, completed_area, GUTTER, "✓", theme.accent(), &completed);
    widget::chart(frame, failed_area, GUTTER, "✗", theme.error(), &failed);
    draw_axis(frame, theme, axis_area, minutes);
}

fn totals(LastHour { completed, failed }: LastHour, theme: Theme) -> Line<'static> {
    let ended = completed + failed;
    let rate = if failed > 0 {
        format!(" ({}.{}%)", failed * 100 / ended, failed * 1_000 / ended % 10)
    } else {
        String::new()
    };
    Line::from(vec![
        Span::styled("✓ ", theme.accent()),
        Span::styled(approximate(completed), STRONG),
        Span::raw(" completed   "),
        Span::styled("✗ ", theme.error()),
        Span::styled(approximate(failed), STRONG),
        Span::raw(format!(" failed{rate}")),
    ])
}

/// Draws the start times of the first and the last minute on the charts.
fn draw_axis(frame: &mut Frame, theme: Theme, area: Rect, minutes: &[Minute]) {
    let [_, area] = Layout::horizontal([Constraint::Length(GUTTER), Constraint::Min(0)]).areas(area);
    let layout = widget::layout(minutes.len(), area.width);
    let width = u16::try_from(layout.bars * layout.bar_width).unwrap_or(area.width);
    let label = |at: usize| {
        let minute = minutes.get(at).map(|minute| minute.minute.format("%H:%M").to_string());
        Line::styled(minute.unwrap_or_default(), theme.faint())
    };
    let (first, last) = (minutes.len() - layout.bars, minutes.len().saturating_sub(1));
    widget::justified(frame, Rect { width, ..area }, label(first), label(last));
}
