//! The palette: everything, by its name.

use ratatui::layout::{Constraint, Layout, Rect};

use crate::console::core::catalogue::{self, Entry};
use crate::console::core::model::Model;
use crate::console::core::overlay::palette::Palette;
use crate::console::theme::Role;
use crate::console::widget::{Canvas, Cell, Item, list, overlay, prompt};

/// The largest size.
const SIZE: (u16, u16) = (90, 24);

/// Draws the palette.
pub(super) fn draw(model: &Model, palette: &Palette, canvas: &mut Canvas, area: Rect) {
    let search = palette.search.text();
    let found = catalogue::find(model, &search);
    let inside = overlay(canvas, area, SIZE.0, SIZE.1, "COMMANDS", "Enter chooses · Esc closes");
    let [line, _, rows, hint] =
        Layout::vertical([Constraint::Length(1), Constraint::Length(1), Constraint::Min(0), Constraint::Length(1)])
            .areas(inside);
    prompt(canvas, line, ": ", &search, palette.search.cursor());
    let item = |number: usize| found.get(number).map(item).unwrap_or_default();
    list(canvas, rows, found.len(), Some(palette.current), item);
    let text = if found.is_empty() {
        "Nothing has this name. An id of a job, or “jobs status:failed”, leads straight there."
    } else {
        "Letters of the name, an id of a job, or a screen and its filter."
    };
    canvas.text(hint, text, Role::Label);
}

/// A name and its keys, or why it cannot be chosen.
fn item(entry: &Entry) -> Item<'_> {
    let role = |role| if entry.refusal.is_some() { Role::Disabled } else { role };
    let word = if entry.word.is_empty() { String::new() } else { format!("{}  ", entry.word) };
    let refusal = entry.refusal.as_ref().map(|refusal| format!("  {refusal}")).unwrap_or_default();
    Item {
        left: vec![
            Cell::new(word, role(Role::Accent)),
            Cell::new(&*entry.name, role(Role::Text)),
            Cell::new(refusal, Role::Disabled),
        ],
        right: vec![Cell::new(&*entry.keys, role(Role::Key))],
    }
}
