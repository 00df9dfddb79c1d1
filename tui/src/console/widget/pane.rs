//! A bordered pane.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Block;

use crate::console::theme::{STRONG, Theme};

/// Draws the border of a pane with a title and a subtitle, and returns the area inside.
pub(crate) fn pane(frame: &mut Frame, theme: Theme, area: Rect, title: &str, subtitle: &str) -> Rect {
    let mut spans = vec![Span::styled(format!(" {title} "), STRONG)];
    if !subtitle.is_empty() {
        spans.push(Span::styled(format!("· {subtitle} "), theme.faint()));
    }
    let block = Block::bordered().border_style(theme.faint()).title(Line::from(spans));
    let inside = block.inner(area);
    frame.render_widget(block, area);
    let [_, inside, _] =
        Layout::horizontal([Constraint::Length(1), Constraint::Min(0), Constraint::Length(1)]).areas(inside);
    inside
}
