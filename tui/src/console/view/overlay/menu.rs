//! A menu: a list of things to choose from.

use ratatui::layout::Rect;

use crate::console::core::overlay::menu::{Choice, Item, Menu};
use crate::console::theme::Role;
use crate::console::widget::{self, Canvas, Cell, list, overlay};

/// The largest width.
const WIDTH: u16 = 90;

/// Draws the menu.
pub(super) fn draw(menu: &Menu, canvas: &mut Canvas, area: Rect) {
    let height = u16::try_from(menu.items.len()).unwrap_or(u16::MAX).saturating_add(2);
    let inside = overlay(canvas, area, WIDTH, height, &menu.title, "Enter chooses · Esc closes");
    let row = |number: usize| menu.items.get(number).map(row).unwrap_or_default();
    list(canvas, inside, menu.items.len(), Some(menu.current), row);
}

fn row(item: &Item) -> widget::Item<'_> {
    let is_disabled = item.choice == Choice::Disabled;
    let role = |role| if is_disabled { Role::Disabled } else { role };
    let key = item.key.map(|key| if key == ' ' { "Space  ".to_owned() } else { format!("{key:<7}") });
    widget::Item {
        left: vec![
            Cell::new(key.unwrap_or_default(), role(Role::Key)),
            Cell::new(&*item.label, role(Role::Text)),
            Cell::new(format!("  {}", item.detail), role(Role::Label)),
        ],
        right: Vec::new(),
    }
}
