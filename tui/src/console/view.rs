//! Drawing: the model as it is, and nothing else.

mod accounts;
mod expiries;
mod head;
mod queue;
mod throughput;
mod workers;

use domain::overview::Overview;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Margin, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::Line;
use ratatui::widgets::{Paragraph, Wrap};

use super::core::{Load, Model};
use super::theme::Theme;
use super::widget;

/// The smallest screen that everything fits on.
const SMALLEST: (u16, u16) = (80, 24);

/// Draws the screen.
pub(crate) fn view(model: &Model, theme: Theme, frame: &mut Frame) {
    let area = frame.area();
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        return too_small(frame, area);
    }
    let upper = Constraint::Length((area.height * 9 / 20).clamp(10, 18));
    let one = Constraint::Length(1);
    let [head, upper, lower, workers, foot] = Layout::vertical([one, upper, Constraint::Min(8), one, one]).areas(area);
    let line = Margin { horizontal: 1, vertical: 0 };
    let seen = seen(model);
    head::draw(model, theme, frame, head.inner(line));
    let narrow = Constraint::Length((area.width * 3 / 10).clamp(26, 40));
    let [left, right] = Layout::horizontal([narrow, Constraint::Min(0)]).areas(upper);
    queue::draw(seen, theme, frame, left);
    throughput::draw(seen, theme, frame, right);
    let [left, right] = Layout::horizontal([Constraint::Percentage(50), Constraint::Percentage(50)]).areas(lower);
    accounts::draw(seen, theme, frame, left);
    expiries::draw(seen, theme, frame, right);
    workers::draw(seen, theme, frame, workers.inner(line));
    if matches!(model.load(), Load::Stale { .. }) {
        fade(theme, frame, upper.union(lower).union(workers));
    }
    widget::ends(
        frame,
        foot.inner(line),
        Line::from("q quit").style(theme.faint()),
        Line::from("in scripts: tintype overview --json").style(theme.faint()),
    );
}

/// What is known of the service, be it old.
fn seen(model: &Model) -> Option<&Overview> {
    match model.load() {
        Load::Connecting | Load::Failing(_) => None,
        Load::Live { seen, .. } | Load::Stale { seen, .. } => Some(seen),
    }
}

/// Takes the colours out of what is old.
fn fade(theme: Theme, frame: &mut Frame, area: Rect) {
    let bold = Style::new().remove_modifier(Modifier::BOLD);
    frame.buffer_mut().set_style(area, bold.patch(theme.faint()));
}

fn too_small(frame: &mut Frame, area: Rect) {
    let (width, height) = SMALLEST;
    let text = format!("The console needs {width}×{height}; this is {}×{}. q quits.", area.width, area.height);
    frame.render_widget(Paragraph::new(text).wrap(Wrap { trim: true }), area);
}

#[cfg(test)]
mod tests;
