//! Overlays: what lies over the screen.

mod confirm;
mod form;
mod help;
mod log;
mod menu;
mod palette;
mod secret;
mod settings;

use ratatui::layout::Rect;

use crate::console::core::model::Model;
use crate::console::core::overlay::Overlay;
use crate::console::widget::Canvas;

/// Draws all overlays, the last one on top. `body` is what they may cover, and `message` the line of short questions.
pub(super) fn draw(model: &Model, canvas: &mut Canvas, body: Rect, message: Rect) {
    for overlay in &model.overlays {
        match overlay {
            Overlay::Help(help) => help::draw(model, help, canvas, body),
            Overlay::Palette(palette) => palette::draw(model, palette, canvas, body),
            Overlay::Menu(menu) => menu::draw(menu, canvas, body),
            Overlay::Form(form) => form::draw(form, canvas, body),
            Overlay::Confirm(confirm) => confirm::draw(model, confirm, canvas, body, message),
            Overlay::Secret(secret, _) => secret::draw(secret.expose(), canvas, body),
            Overlay::Log(current) => log::draw(model, *current, canvas, body),
            Overlay::Settings(current) => settings::draw(model, *current, canvas, body),
        }
    }
}
