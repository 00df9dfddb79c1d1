//! The overview: whether the service is healthy, and what is worst.

mod accounts;
mod attention;
mod charts;
mod expiries;
mod failures;
mod latency;
mod lines;
mod load;
mod numbers;
mod workers;

use ratatui::layout::{Constraint, Layout, Rect};

use super::Breakpoint;
use crate::console::core::model::Model;
use crate::console::core::screen::overview::Pane;
use crate::console::widget::{Canvas, pane};

/// The lowest list that shows two rows.
const MIN_LIST: u16 = 5;

/// Draws the screen.
pub(super) fn draw(model: &Model, canvas: &mut Canvas, area: Rect) {
    match Breakpoint::of(model.size) {
        Breakpoint::Small => draw_small(model, canvas, area),
        Breakpoint::Medium => draw_medium(model, canvas, area),
        Breakpoint::Large | Breakpoint::Wide | Breakpoint::Huge => draw_large(model, canvas, area),
    }
}

/// The numbers, what is wrong, and one line each for what moves.
fn draw_small(model: &Model, canvas: &mut Canvas, area: Rect) {
    let has_focus = model.screens.overview.pane == Pane::Attention;
    let attention = attention::height(model, if has_focus { area.height.saturating_sub(6) } else { 4 });
    let [numbers, findings, rest] =
        Layout::vertical([Constraint::Length(2), Constraint::Length(attention), Constraint::Min(0)]).areas(area);
    numbers::draw(model, canvas, numbers);
    attention::draw(model, canvas, findings);
    if !draw_list(model, canvas, rest) {
        lines::draw(model, canvas, rest);
    }
}

/// Draws the list that has the keys, where there is no room for all of them.
fn draw_list(model: &Model, canvas: &mut Canvas, area: Rect) -> bool {
    match model.screens.overview.pane {
        Pane::Attention => return false,
        Pane::Failures => failures::draw(model, canvas, area),
        Pane::Workers => workers::draw(model, canvas, area),
        Pane::Accounts => accounts::draw(model, canvas, area),
    }
    true
}

/// The same with borders, and why jobs fail.
fn draw_medium(model: &Model, canvas: &mut Canvas, area: Rect) {
    let attention = attention::height(model, (area.height / 2).saturating_sub(4));
    let [numbers, findings, rest] =
        Layout::vertical([Constraint::Length(3), Constraint::Length(attention), Constraint::Min(0)]).areas(area);
    let inside = pane(canvas, numbers, "", "");
    numbers::draw(model, canvas, inside);
    attention::draw(model, canvas, findings);
    if draw_list(model, canvas, rest) {
        return;
    }
    let [lines, rest] = Layout::vertical([Constraint::Length(8), Constraint::Min(0)]).areas(rest);
    let inside = pane(canvas, lines, "60 MIN", "");
    lines::draw(model, canvas, inside);
    if rest.height < MIN_LIST {
        failures::draw_line(model, canvas, rest);
        return;
    }
    let [failures, accounts] = Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)]).areas(rest);
    failures::draw(model, canvas, failures);
    accounts::draw(model, canvas, accounts);
}

/// Charts and lists side by side.
fn draw_large(model: &Model, canvas: &mut Canvas, area: Rect) {
    let attention = attention::height(model, area.height / 4);
    let charts = (area.height / 3).clamp(9, 16);
    let [numbers, findings, charts, rest] = Layout::vertical([
        Constraint::Length(4),
        Constraint::Length(attention),
        Constraint::Length(charts),
        Constraint::Min(0),
    ])
    .areas(area);
    let inside = pane(canvas, numbers, "", "");
    numbers::draw(model, canvas, inside);
    attention::draw(model, canvas, findings);
    let third = Constraint::Fill(1);
    let [depth, throughput, latency] = Layout::horizontal([third, third, third]).areas(charts);
    charts::depth(model, canvas, depth);
    charts::throughput(model, canvas, throughput);
    latency::draw(model, canvas, latency);
    let [failures, workers, last] = Layout::horizontal([third, third, third]).areas(rest);
    failures::draw(model, canvas, failures);
    workers::draw(model, canvas, workers);
    let [accounts, expiries] = Layout::vertical([Constraint::Fill(1), Constraint::Length(4)]).areas(last);
    accounts::draw(model, canvas, accounts);
    expiries::draw(model, canvas, expiries);
}

#[cfg(test)]
mod tests;
