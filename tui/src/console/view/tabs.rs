//! The line of numbered screens.

use ratatui::layout::Rect;

use crate::console::core::model::Model;
use crate::console::core::route::Screen;
use crate::console::widget::{self, Canvas, Tab};

/// The keys of the numbered screens.
const NUMBERS: [&str; 7] = ["1", "2", "3", "4", "5", "6", "7"];

/// Draws the line.
pub(super) fn draw(model: &Model, canvas: &mut Canvas, area: Rect) {
    let tab = |(screen, key): (&Screen, &'static str)| Tab { key, name: screen.name(), short: screen.short_name() };
    let tabs: Vec<Tab> = Screen::NUMBERED.iter().zip(NUMBERS).map(tab).collect();
    let current = model.screen().tab();
    let chosen = Screen::NUMBERED.iter().position(|screen| *screen == current).unwrap_or(0);
    widget::tabs(canvas, area, &tabs, chosen);
}
