//! The last lines: the way to the screen or what there is to say, and the keys.

use ratatui::layout::Rect;

use crate::console::core::keys;
use crate::console::core::model::Model;
use crate::console::theme::Role;
use crate::console::widget::{Canvas, Hint, breadcrumbs, hints};

/// Draws the keys.
pub(super) fn draw(model: &Model, canvas: &mut Canvas, area: Rect) {
    let bindings = keys::bindings(model.screen()).filter(|binding| binding.weight < 9);
    let hint = |binding: &keys::Binding| Hint {
        key: binding.keys.first().map(|key| key.name()).unwrap_or_default(),
        label: binding.hint.to_owned(),
        weight: binding.weight,
        is_disabled: binding.is_write && model.refusal().is_some(),
    };
    hints(canvas, area, &bindings.map(hint).collect::<Vec<_>>());
}

/// Draws what there is to say, or the way to the screen.
pub(super) fn message(model: &Model, canvas: &mut Canvas, area: Rect) {
    if let Some((text, _)) = &model.toast {
        canvas.text(area, text, Role::Accent);
        return;
    }
    let mut steps: Vec<String> = model.routes.way().map(|route| route.screen().name().to_owned()).collect();
    let title = model.screens.get(model.screen()).title();
    steps.extend((!title.is_empty()).then_some(title));
    breadcrumbs(canvas, area, &steps);
}
