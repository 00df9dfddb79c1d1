//! What the panes are made of.

use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph, Sparkline};

use super::theme::{STRONG, Theme};

/// What stands for a number that is not known.
pub(crate) const UNKNOWN: &str = "…";

/// Draws a pane's frame, with a title and a word more, and answers its inside.
pub(crate) fn pane(frame: &mut Frame, theme: Theme, area: Rect, title: &str, more: &str) -> Rect {
    let mut words = vec![Span::styled(format!(" {title} "), STRONG)];
    if !more.is_empty() {
        words.push(Span::styled(format!("· {more} "), theme.faint()));
    }
    let block = Block::bordered().border_style(theme.faint()).title(Line::from(words));
    let inside = block.inner(area);
    frame.render_widget(block, area);
    let [_, inside, _] =
        Layout::horizontal([Constraint::Length(1), Constraint::Min(0), Constraint::Length(1)]).areas(inside);
    inside
}

/// Draws lines from the top. Of those that do not fit, the last row tells how many.
pub(crate) fn list(frame: &mut Frame, theme: Theme, area: Rect, mut lines: Vec<Line>) {
    let rows = usize::from(area.height);
    if lines.len() > rows {
        let hidden = lines.len() - rows.saturating_sub(1);
        lines.truncate(rows.saturating_sub(1));
        lines.push(Line::styled(format!("{UNKNOWN} {hidden} more"), theme.faint()));
    }
    frame.render_widget(Paragraph::new(lines), area);
}

/// Draws a line to the left and another to the right; the right one wins the room.
pub(crate) fn ends(frame: &mut Frame, area: Rect, left: Line, right: Line) {
    let room = u16::try_from(right.width()).unwrap_or(u16::MAX);
    let [start, _, end] =
        Layout::horizontal([Constraint::Min(0), Constraint::Length(1), Constraint::Length(room)]).areas(area);
    frame.render_widget(left, start);
    frame.render_widget(right.alignment(Alignment::Right), end);
}

/// A bar as long as its part of the most, and visible if it is anything at all.
pub(crate) fn bar(part: i64, most: i64, width: usize) -> String {
    let (part, most) = (u128::from(part.max(0).unsigned_abs()), u128::from(most.max(1).unsigned_abs()));
    let length = (part * width as u128).div_ceil(most);
    "█".repeat(usize::try_from(length).unwrap_or(width).min(width))
}

/// Draws a chart of counts, the newest at the right: as many of them as fit, all of one
/// width, and visible if they are anything at all. Its scale is said at the left.
pub(crate) fn chart(frame: &mut Frame, area: Rect, gutter: u16, glyph: &str, style: Style, counts: &[i64]) {
    let [scale, plot] = Layout::horizontal([Constraint::Length(gutter), Constraint::Min(0)]).areas(area);
    let columns = usize::from(plot.width);
    let wide = (columns / counts.len().max(1)).max(1);
    let shown = counts.len().min(columns / wide);
    let counts = counts.get(counts.len() - shown..).unwrap_or_default();
    let most = counts.iter().copied().max().unwrap_or(0).max(0).unsigned_abs();
    let least = most.div_ceil(u64::from(plot.height.max(1)) * 8);
    let visible = |count: i64| if count > 0 { count.unsigned_abs().max(least) } else { 0 };
    let heights = counts.iter().flat_map(|count| std::iter::repeat_n(visible(*count), wide));
    let label = format!("{glyph} {} ", crate::text::count(i64::try_from(most).unwrap_or(i64::MAX)));
    frame.render_widget(Line::styled(label, style).alignment(Alignment::Right), scale);
    frame.render_widget(Sparkline::default().data(heights.collect::<Vec<u64>>()).max(most.max(1)).style(style), plot);
}

/// Cuts a name to a width, which counts wide letters twice, and fills it up to that.
pub(crate) fn fit(name: &str, width: usize) -> String {
    let name = crate::text::clean(name);
    let mut fitted = name.clone();
    if Span::raw(&name).width() > width {
        while Span::raw(&fitted).width() + 1 > width && fitted.pop().is_some() {}
        fitted.push('…');
    }
    let gap = width.saturating_sub(Span::raw(&fitted).width());
    fitted + &" ".repeat(gap)
}

#[cfg(test)]
mod tests {
    use super::{bar, fit};

    #[test]
    fn names_are_cut_to_their_width() {
        for (name, fitted) in [
            ("demo", "demo  "),
            ("abcdef", "abcdef"),
            ("abcdefg", "abcde…"),
            ("日本日本", "日本… "),
            ("a\tb", "a\u{fffd}b   "),
        ] {
            assert_eq!(fit(name, 6), fitted, "{name}");
        }
    }

    #[test]
    fn a_bar_is_visible_if_it_is_anything() {
        for (part, most, length) in
            [(0, 9, 0), (1, 1_000_000, 1), (5, 10, 4), (10, 10, 8), (-3, 0, 0), (i64::MAX, 1, 8)]
        {
            assert_eq!(bar(part, most, 8).chars().count(), length, "{part} of {most}");
        }
    }
}
