//! The palette: screens, actions, environments and themes, by their names.

use crate::console::core::input::{Code, Key};
use crate::console::core::input_line::InputLine;

/// The palette, as far as it is searched.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Palette {
    /// The text that is searched for.
    pub(crate) search: InputLine,
    /// The item with the cursor.
    pub(crate) current: usize,
}

/// What a key leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Search {
    /// Nothing yet.
    Pending,
    /// The palette is closed.
    Cancelled,
    /// The item with the cursor is chosen.
    Chosen,
}

impl Palette {
    /// Applies a key, while this many items are found.
    pub(crate) fn press(&mut self, key: Key, found: usize) -> Search {
        let last = found.saturating_sub(1);
        match (key.code, key.ctrl) {
            (Code::Escape, _) => return Search::Cancelled,
            (Code::Enter, _) => return Search::Chosen,
            (Code::Up | Code::BackTab, _) | (Code::Char('p'), true) => self.current = self.current.saturating_sub(1),
            (Code::Down | Code::Tab, _) | (Code::Char('n'), true) => self.current = (self.current + 1).min(last),
            (Code::Backspace, _) if self.search.is_empty() => return Search::Cancelled,
            _ => {
                if self.search.edit(key) {
                    self.current = 0;
                }
            }
        }
        Search::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::{Palette, Search};
    use crate::console::core::input::{Code, Key};

    #[test]
    fn the_cursor_stays_on_what_is_found() {
        let mut palette = Palette::default();
        for (key, found, current) in [(Code::Up, 2, 0), (Code::Down, 2, 1), (Code::Down, 2, 1), (Code::Char('x'), 1, 0)]
        {
            assert_eq!(palette.press(Key::of(key), found), Search::Pending);
            assert_eq!(palette.current, current, "{key:?}");
        }
        assert_eq!(palette.press(Key::of(Code::Enter), 1), Search::Chosen);
        palette.press(Key::of(Code::Backspace), 1);
        assert_eq!(palette.press(Key::of(Code::Backspace), 1), Search::Cancelled);
    }
}
