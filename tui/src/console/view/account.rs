//! The screen `account`.

use ratatui::layout::{Constraint, Layout, Rect};

use super::account_pane;
use crate::console::core::model::Model;
use crate::console::core::screen::layout::above_ledger;
use crate::console::widget::Canvas;

/// Draws the screen.
pub(super) fn draw(model: &Model, canvas: &mut Canvas, area: Rect) {
    let account = &model.screens.account.pane;
    let [top, ledger] =
        Layout::vertical([Constraint::Length(above_ledger(model.size)), Constraint::Min(0)]).areas(area);
    account_pane::draw(model, account, canvas, top);
    account_pane::draw_ledger(model, account, canvas, ledger, true);
}

#[cfg(test)]
mod tests;
