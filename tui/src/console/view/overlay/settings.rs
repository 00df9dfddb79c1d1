//! The settings.

use ratatui::layout::Rect;

use crate::console::core::model::Model;
use crate::console::core::settings::Setting;
use crate::console::widget::{Canvas, Cell, Item, list, overlay};

/// The largest width.
const WIDTH: u16 = 72;

/// Draws the settings.
pub(super) fn draw(model: &Model, current: usize, canvas: &mut Canvas, area: Rect) {
    let height = u16::try_from(Setting::ALL.len()).unwrap_or(u16::MAX).saturating_add(2);
    let inside = overlay(canvas, area, WIDTH, height, "SETTINGS", "Enter changes · Esc closes");
    let item = |number: usize| Setting::ALL.get(number).map(|setting| item(model, *setting)).unwrap_or_default();
    list(canvas, inside, Setting::ALL.len(), Some(current), item);
}

fn item(model: &Model, setting: Setting) -> Item<'static> {
    let (name, how) = setting.label();
    Item {
        left: vec![Cell::label(format!("{name:<10}")), Cell::number(model.settings.value(setting))],
        right: vec![Cell::label(how)],
    }
}
