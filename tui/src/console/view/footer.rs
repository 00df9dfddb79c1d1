//! The last line: the keys, and the command that prints the same data.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::console::theme::Theme;
use crate::console::widget;

/// Draws the line.
pub(super) fn draw(theme: Theme, frame: &mut Frame, area: Rect) {
    let keys = Line::from("q quit").style(theme.faint());
    let command = Line::from("for scripts: tintype overview --json").style(theme.faint());
    widget::justified(frame, area, keys, command);
}
