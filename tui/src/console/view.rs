//! The view: draws the model.

mod footer;
mod header;
mod overview;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Margin, Rect};
use ratatui::widgets::{Paragraph, Wrap};

use super::model::Model;
use super::theme::Theme;

/// The smallest width and height on which everything fits.
const MIN_SIZE: (u16, u16) = (80, 24);

/// Draws the screen.
pub(crate) fn view(model: &Model, theme: Theme, frame: &mut Frame) {
    let area = frame.area();
    if area.width < MIN_SIZE.0 || area.height < MIN_SIZE.1 {
        return draw_too_small(frame, area);
    }
    let line = Constraint::Length(1);
    let [header, body, footer] = Layout::vertical([line, Constraint::Min(0), line]).areas(area);
    let margin = Margin { horizontal: 1, vertical: 0 };
    header::draw(model, theme, frame, header.inner(margin));
    overview::draw(model.overview(), theme, frame, body);
    footer::draw(theme, frame, footer.inner(margin));
}

fn draw_too_small(frame: &mut Frame, area: Rect) {
    let ((min_width, min_height), Rect { width, height, .. }) = (MIN_SIZE, area);
    let text = format!(
        "The console needs at least {min_width}×{min_height}; this terminal has {width}×{height}. Press q to quit."
    );
    frame.render_widget(Paragraph::new(text).wrap(Wrap { trim: true }), area);
}

#[cfg(test)]
mod tests;
