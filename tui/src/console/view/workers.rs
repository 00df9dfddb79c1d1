//! The screen `workers`: who is alive, full, slow or lost.

mod detail;
mod jobs;
mod table;

use ratatui::layout::{Constraint, Layout, Rect};

use crate::console::core::model::Model;
use crate::console::core::screen::workers::{Pane, is_split, pane_lines};
use crate::console::widget::Canvas;

/// Draws the screen: all panes where there is room, else the one that has the keys.
pub(super) fn draw(model: &Model, canvas: &mut Canvas, area: Rect) {
    let pane = model.screens.workers.pane;
    if !is_split(model.size) {
        match pane {
            Pane::Workers => {
                let (upper, _) = pane_lines(model.size);
                let [table, detail] = Layout::vertical([Constraint::Length(upper), Constraint::Min(0)]).areas(area);
                table::draw(model, canvas, table);
                if !detail.is_empty() {
                    detail::draw(model, canvas, detail);
                }
            }
            Pane::Detail => detail::draw(model, canvas, area),
            Pane::Jobs => jobs::draw(model, canvas, area),
        }
        return;
    }
    let (upper, lower) = pane_lines(model.size);
    let [table, below] = Layout::vertical([Constraint::Length(upper), Constraint::Length(lower)]).areas(area);
    let [detail, jobs] = Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)]).areas(below);
    table::draw(model, canvas, table);
    detail::draw(model, canvas, detail);
    jobs::draw(model, canvas, jobs);
}

#[cfg(test)]
mod tests;
