//! The overview: five panes over the data of one query.

mod accounts;
mod expiries;
mod queue;
mod throughput;
mod workers;

use domain::overview::Overview;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Margin, Rect};
use ratatui::style::{Modifier, Style};

use crate::console::model::Load;
use crate::console::theme::Theme;

/// Draws the panes. Data that is out of date is drawn faint.
pub(super) fn draw(overview: &Load<Overview>, theme: Theme, frame: &mut Frame, area: Rect) {
    let upper_height = ((area.height + 2) * 9 / 20).clamp(10, 18);
    let [upper, lower, workers] =
        Layout::vertical([Constraint::Length(upper_height), Constraint::Min(8), Constraint::Length(1)]).areas(area);
    let data = overview.data();
    let queue_width = Constraint::Length((area.width * 3 / 10).clamp(26, 40));
    let [left, right] = Layout::horizontal([queue_width, Constraint::Min(0)]).areas(upper);
    queue::draw(data, theme, frame, left);
    throughput::draw(data, theme, frame, right);
    let [left, right] = Layout::horizontal([Constraint::Percentage(50), Constraint::Percentage(50)]).areas(lower);
    accounts::draw(data, theme, frame, left);
    expiries::draw(data, theme, frame, right);
    workers::draw(data, theme, frame, workers.inner(Margin { horizontal: 1, vertical: 0 }));
    if matches!(overview, Load::Stale { .. }) {
        let faint = Style::new().remove_modifier(Modifier::BOLD).patch(theme.faint());
        frame.buffer_mut().set_style(area, faint);
    }
}
