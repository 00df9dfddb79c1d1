//! The view: draws the model. Pure.

mod account;
mod account_pane;
mod accounts;
mod events;
mod expiries;
mod footer;
mod header;
mod job;
mod jobs;
mod keys;
#[cfg(test)]
mod money_tests;
mod overlay;
mod overview;
mod preview;
mod size;
mod state;
mod tabs;
mod unreachable;
mod workers;

use ratatui::layout::{Constraint, Layout, Margin, Rect};

use super::core::link::Link;
use super::core::model::Model;
use super::core::route::Screen;
use super::theme::Role;
use super::widget::Canvas;

pub(crate) use size::{Breakpoint, MIN_SIZE};
pub(crate) use state::{Words, placeholder, progress};

/// Draws the screen.
pub(crate) fn view(model: &Model, canvas: &mut Canvas) {
    let area = canvas.frame.area();
    if size::fits(area) {
        draw(model, canvas, area);
    } else {
        draw_too_small(canvas, area);
    }
    let glyphs = canvas.glyphs;
    glyphs.replace(canvas.buffer());
}

fn draw(model: &Model, canvas: &mut Canvas, area: Rect) {
    let line = Constraint::Length(1);
    let [header, tabs, body, message, footer] =
        Layout::vertical([line, line, Constraint::Min(0), line, line]).areas(area);
    let margin = Margin { horizontal: 1, vertical: 0 };
    header::draw(model, canvas, header.inner(margin));
    tabs::draw(model, canvas, tabs);
    let draw = match model.screen() {
        Screen::Overview => overview::draw,
        Screen::Jobs => jobs::draw,
        Screen::Job => job::draw,
        Screen::Workers => workers::draw,
        Screen::Accounts => accounts::draw,
        Screen::Account => account::draw,
        Screen::Keys => keys::draw,
        Screen::Expiries => expiries::draw,
        Screen::Events => events::draw,
    };
    match &model.link {
        Link::Down(outage) if model.last_answer.is_none() => unreachable::draw(model, outage, canvas, body),
        Link::Down(_) | Link::Connecting | Link::Live => draw(model, canvas, body),
    }
    if model.stale_for().is_some() {
        canvas.restyle(body, Role::Stale);
    }
    footer::message(model, canvas, message.inner(margin));
    footer::draw(model, canvas, footer.inner(margin));
    overlay::draw(model, canvas, body, message);
}

fn draw_too_small(canvas: &mut Canvas, area: Rect) {
    let ((min_width, min_height), Rect { width, height, .. }) = (MIN_SIZE, area);
    let texts = [
        format!("{min_width}×{min_height} needed, have {width}×{height}."),
        "q quits. The data keeps updating.".to_owned(),
        "For scripts: tintype overview --plain".to_owned(),
    ];
    for (line, text) in area.rows().zip(&texts) {
        canvas.text(line, text, Role::Text);
    }
}

#[cfg(test)]
mod tests;
