//! The keys that matter most here, in one line.

use ratatui::layout::Rect;

use super::canvas::{Canvas, Cell};
use crate::console::theme::Role;

/// A key, what it does in a word, and how soon it is left out: 0 last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hint {
    /// The key.
    pub(crate) key: String,
    /// What it does.
    pub(crate) label: String,
    /// How soon it is left out.
    pub(crate) weight: u8,
    /// Whether it does nothing at present.
    pub(crate) is_disabled: bool,
}

/// Draws as many hints as fit, in their order. The least important ones are left out.
pub(crate) fn hints(canvas: &mut Canvas, area: Rect, hints: &[Hint]) {
    let mut cells = Vec::new();
    for hint in fitting(hints, area.width) {
        let (key, label) = if hint.is_disabled { (Role::Disabled, Role::Disabled) } else { (Role::Key, Role::Label) };
        cells.push(Cell::new(format!("{}{}", if cells.is_empty() { "" } else { "  " }, hint.key), key));
        cells.push(Cell::new(format!(" {}", hint.label), label));
    }
    canvas.line(area, &cells);
}

/// The hints that fit, in their order.
fn fitting(hints: &[Hint], width: u16) -> Vec<&Hint> {
    let mut shown: Vec<&Hint> = hints.iter().collect();
    while shown.iter().map(|hint| needed(hint)).sum::<u16>() > width.saturating_add(2) {
        let heaviest = shown.iter().map(|hint| hint.weight).max().unwrap_or(0);
        if let Some(at) = shown.iter().rposition(|hint| hint.weight == heaviest) {
            shown.remove(at);
        }
    }
    shown
}

/// The width of a hint and the two blanks behind it.
fn needed(hint: &Hint) -> u16 {
    Cell::text(hint.key.as_str()).width() + Cell::text(hint.label.as_str()).width() + 3
}

#[cfg(test)]
mod tests {
    use super::{Hint, fitting};
    use crate::console::widget::testing::draw;

    fn hint(key: &str, label: &str, weight: u8) -> Hint {
        Hint { key: key.to_owned(), label: label.to_owned(), weight, is_disabled: false }
    }

    #[test]
    fn the_least_important_hints_are_left_out_first() {
        let hints = [hint("Enter", "open", 1), hint("z", "freeze", 8), hint("R", "retry", 3), hint("?", "help", 0)];
        for (width, line) in [
            (37, "Enter open  z freeze  R retry  ? help"),
            (36, "Enter open  R retry  ? help"),
            (18, "Enter open  ? help"),
            (9, "? help"),
            (5, ""),
        ] {
            let screen = draw(width, 1, |canvas, area| super::hints(canvas, area, &hints));
            assert_eq!(screen.trim_end(), line, "{width}");
        }
        assert!(fitting(&[], 0).is_empty());
    }
}
