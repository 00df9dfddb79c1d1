//! Lines of text.

use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Layout, Rect};
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use crate::console::theme::Theme;

/// Draws lines from the top. If they do not fit, the last row shows how many are hidden.
pub(crate) fn list(frame: &mut Frame, theme: Theme, area: Rect, mut lines: Vec<Line>) {
    let rows = usize::from(area.height);
    if lines.len() > rows {
        let hidden = lines.len() - rows.saturating_sub(1);
        lines.truncate(rows.saturating_sub(1));
        lines.push(Line::styled(format!("… {hidden} more"), theme.faint()));
    }
    frame.render_widget(Paragraph::new(lines), area);
}

/// Draws one line at the left and one at the right. If they do not fit, the left one is cut.
pub(crate) fn justified(frame: &mut Frame, area: Rect, left: Line, right: Line) {
    let width = u16::try_from(right.width()).unwrap_or(u16::MAX);
    let [left_area, _, right_area] =
        Layout::horizontal([Constraint::Min(0), Constraint::Length(1), Constraint::Length(width)]).areas(area);
    frame.render_widget(left, left_area);
    frame.render_widget(right.alignment(Alignment::Right), right_area);
}
