//! A bar chart of counts over time.

use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Sparkline;

use crate::output::format;

/// The number of steps that a row of a bar can show.
const STEPS_PER_ROW: u64 = 8;

/// How many of the newest counts fit on a chart, and how wide each of their bars is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ChartLayout {
    /// The number of bars.
    pub(crate) bars: usize,
    /// The width of each bar, in columns.
    pub(crate) bar_width: usize,
}

/// Lays out a chart: as many bars as fit, all of the same width.
pub(crate) fn layout(counts: usize, columns: u16) -> ChartLayout {
    let columns = usize::from(columns);
    let bar_width = (columns / counts.max(1)).max(1);
    ChartLayout { bars: counts.min(columns / bar_width), bar_width }
}

/// Draws a chart of counts, the newest at the right. A count above zero is always visible. The
/// gutter at the left shows the glyph and the largest count.
pub(crate) fn chart(frame: &mut Frame, area: Rect, gutter: u16, glyph: &str, style: Style, counts: &[i64]) {
    let [scale, plot] = Layout::horizontal([Constraint::Length(gutter), Constraint::Min(0)]).areas(area);
    let ChartLayout { bars, bar_width } = layout(counts.len(), plot.width);
    let counts = counts.get(counts.len() - bars..).unwrap_or_default();
    let max = counts.iter().copied().max().unwrap_or(0).max(0).unsigned_abs();
    let min_visible = max.div_ceil(u64::from(plot.height.max(1)) * STEPS_PER_ROW);
    let height = |count: i64| if count > 0 { count.unsigned_abs().max(min_visible) } else { 0 };
    let heights = counts.iter().flat_map(|count| std::iter::repeat_n(height(*count), bar_width));
    let label = format!("{glyph} {} ", format::count(i64::try_from(max).unwrap_or(i64::MAX)));
    frame.render_widget(Line::styled(label, style).alignment(Alignment::Right), scale);
    frame.render_widget(Sparkline::default().data(heights.collect::<Vec<u64>>()).max(max.max(1)).style(style), plot);
}

#[cfg(test)]
mod tests {
    use super::{ChartLayout, layout};

    #[test]
    fn bars_are_as_wide_as_they_fit_and_the_newest_are_shown() {
        for (counts, columns, bars, bar_width) in [(60, 130, 60, 2), (60, 60, 60, 1), (60, 40, 40, 1), (0, 10, 0, 10)] {
            assert_eq!(layout(counts, columns), ChartLayout { bars, bar_width }, "{counts} on {columns}");
        }
    }
}
