//! The screen `expiries`: what disappears when, and whether it is deleted.

mod accounts;
mod storage;
mod table;
mod timeline;

use ratatui::layout::{Constraint, Layout, Rect};

use super::preview::preview;
use crate::console::core::model::Model;
use crate::console::core::screen::ScreenState;
use crate::console::core::screen::expiries::Arrangement;
use crate::console::widget::{Canvas, Cell, pane};

/// Draws the screen.
pub(super) fn draw(model: &Model, canvas: &mut Canvas, area: Rect) {
    let shows_accounts = model.screens.expiries.shows_accounts;
    let list = if shows_accounts { accounts::draw } else { table::draw };
    match Arrangement::of(model.size) {
        Arrangement::Small => {
            let [chart, status, rest] = rows(area, [1, 1]);
            timeline::line(model, canvas, chart);
            canvas.line(status, &storage::status(model));
            list(model, canvas, rest);
        }
        Arrangement::Medium => {
            let [chart, status, rest] = rows(area, [7, 1]);
            timeline::draw(model, canvas, chart);
            canvas.line(status, &storage::status(model));
            list(model, canvas, rest);
        }
        Arrangement::Large => {
            let [chart, _, rest] = rows(area, [11, 0]);
            timeline::draw(model, canvas, chart);
            let [left, right] = halves(rest);
            table::draw(model, canvas, left);
            draw_details(model, canvas, right);
        }
        Arrangement::Wide => {
            let [chart, _, rest] = rows(area, [11, 0]);
            timeline::draw(model, canvas, chart);
            let columns = [Constraint::Percentage(45), Constraint::Percentage(30), Constraint::Percentage(25)];
            let [left, middle, right] = Layout::horizontal(columns).areas(rest);
            table::draw(model, canvas, left);
            draw_details(model, canvas, middle);
            draw_preview(model, canvas, right);
        }
    }
}

/// The lines above, of these heights, and what is left.
fn rows(area: Rect, [first, second]: [u16; 2]) -> [Rect; 3] {
    Layout::vertical([Constraint::Length(first), Constraint::Length(second), Constraint::Min(0)]).areas(area)
}

fn halves(area: Rect) -> [Rect; 2] {
    Layout::horizontal([Constraint::Percentage(58), Constraint::Percentage(42)]).areas(area)
}

fn draw_details(model: &Model, canvas: &mut Canvas, area: Rect) {
    let [above, below] = Layout::vertical([Constraint::Length(8), Constraint::Min(0)]).areas(area);
    storage::draw(model, canvas, above);
    accounts::draw(model, canvas, below);
}

fn draw_preview(model: &Model, canvas: &mut Canvas, area: Rect) {
    let inside = pane(canvas, area, "PREVIEW", "");
    match model.screens.expiries.preview(&model.context()) {
        Some(wanted) => preview(model, wanted, canvas, inside),
        None => {
            canvas.line(inside, &[Cell::label("No result is selected.")]);
        }
    }
}

#[cfg(test)]
mod tests;
