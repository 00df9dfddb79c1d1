//! Data that is missing or out of date, in a pane.

use ratatui::layout::Rect;

use crate::console::core::load::{Load, LoadState};
use crate::console::core::model::Model;
use crate::console::theme::Role;
use crate::console::widget::{Canvas, Cell, UNKNOWN, pane_of};
use crate::output::format::duration;

/// A pane: its title, what follows it at the right, and whether it has the keys.
pub(super) struct Frame<'a> {
    pub(super) title: &'a str,
    pub(super) subtitle: String,
    pub(super) has_focus: bool,
}

/// Draws the border of a pane, and returns the area inside with the data. Without data, says why.
pub(super) fn draw<'m, T>(
    model: &Model,
    canvas: &mut Canvas,
    area: Rect,
    frame: Frame,
    load: &'m Load<T>,
) -> Option<(Rect, &'m T)> {
    let subtitle = match load.failure().zip(load.at()) {
        Some((_, at)) => {
            let age = duration(model.now.saturating_sub(at));
            Cell::new(format!("not read for {age}"), Role::Warning)
        }
        None => Cell::label(frame.subtitle),
    };
    let inside = pane_of(canvas, area, &[Cell::new(frame.title, Role::Title)], &[subtitle], frame.has_focus);
    if let Some(data) = load.data() {
        return Some((inside, data));
    }
    match load.state() {
        LoadState::Failed(reason) => canvas.text(inside, reason, Role::Warning),
        LoadState::Idle | LoadState::Loading(_) => canvas.text(inside, UNKNOWN, Role::Label),
    };
    None
}
