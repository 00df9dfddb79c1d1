//! A line of text that the operator edits.

use super::input::{Code, Key};

/// The longest line, in characters: more is cut off.
const MAX_CHARS: usize = 2_000;

/// A line of text with a cursor. Control characters never enter it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct InputLine {
    text: Vec<char>,
    cursor: usize,
}

impl InputLine {
    /// A line with this text, and the cursor behind it.
    pub(crate) fn new(text: &str) -> Self {
        let mut line = Self::default();
        line.insert(text);
        line
    }

    /// The text.
    pub(crate) fn text(&self) -> String {
        self.text.iter().collect()
    }

    /// How many characters are before the cursor.
    pub(crate) fn cursor(&self) -> usize {
        self.cursor
    }

    /// Whether there is no text.
    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Inserts text at the cursor, such as what was pasted.
    pub(crate) fn insert(&mut self, text: &str) {
        let room = MAX_CHARS.saturating_sub(self.text.len());
        let printable: Vec<char> = text
            .chars()
            .map(|c| if matches!(c, '\n' | '\t' | '\r') { ' ' } else { c })
            .filter(|c| !c.is_control())
            .take(room)
            .collect();
        let count = printable.len();
        self.text.splice(self.cursor..self.cursor, printable);
        self.cursor += count;
    }

    /// Applies a key, and returns whether it was one for editing.
    pub(crate) fn edit(&mut self, key: Key) -> bool {
        match (key.code, key.ctrl) {
            (Code::Char(c), false) if !key.alt => self.insert(c.encode_utf8(&mut [0; 4])),
            (Code::Backspace, _) => self.delete_before(1),
            (Code::Delete, _) | (Code::Char('d'), true) => {
                if self.cursor < self.text.len() {
                    self.text.remove(self.cursor);
                }
            }
            (Code::Left, _) | (Code::Char('b'), true) => self.cursor = self.cursor.saturating_sub(1),
            (Code::Right, _) | (Code::Char('f'), true) => self.cursor = (self.cursor + 1).min(self.text.len()),
            (Code::Home, _) | (Code::Char('a'), true) => self.cursor = 0,
            (Code::End, _) | (Code::Char('e'), true) => self.cursor = self.text.len(),
            (Code::Char('u'), true) => self.delete_before(self.cursor),
            (Code::Char('k'), true) => self.text.truncate(self.cursor),
            (Code::Char('w'), true) => self.delete_before(self.word_before()),
            _ => return false,
        }
        true
    }

    fn delete_before(&mut self, count: usize) {
        let from = self.cursor.saturating_sub(count);
        self.text.drain(from..self.cursor);
        self.cursor = from;
    }

    /// How many characters before the cursor are a word and the spaces behind it.
    fn word_before(&self) -> usize {
        let before: Vec<char> = self.text.iter().take(self.cursor).rev().copied().collect();
        let spaces = before.iter().take_while(|c| c.is_whitespace()).count();
        spaces + before.iter().skip(spaces).take_while(|c| !c.is_whitespace()).count()
    }
}

#[cfg(test)]
mod tests {
    use super::InputLine;
    use crate::console::core::input::{Code, Key};

    fn after(text: &str, keys: &[Key]) -> String {
        let mut line = InputLine::new(text);
        for key in keys {
            assert!(line.edit(*key), "{key:?}");
        }
        let text = line.text();
        let at = text.char_indices().nth(line.cursor()).map_or(text.len(), |(at, _)| at);
        format!("{}|{}", &text[..at], &text[at..])
    }

    #[test]
    fn keys_edit_the_line_at_the_cursor() {
        let (left, home) = (Key::of(Code::Left), Key::of(Code::Home));
        for (text, keys, result) in [
            ("abc", vec![Key::of(Code::Backspace)], "ab|"),
            ("abc", vec![left, Key::of(Code::Char('é'))], "abé|c"),
            ("abc", vec![home, Key::of(Code::Delete)], "|bc"),
            ("two words ", vec![Key::ctrl('w')], "two |"),
            ("two words", vec![left, Key::ctrl('u')], "|s"),
            ("two words", vec![home, Key::ctrl('k')], "|"),
            ("", vec![left, Key::of(Code::Backspace), Key::of(Code::Right)], "|"),
        ] {
            assert_eq!(after(text, &keys), result);
        }
    }

    #[test]
    fn what_is_pasted_becomes_one_line_without_control_characters() {
        let mut line = InputLine::new("a");
        line.insert("b\nc\u{1b}[2J\u{7}");
        assert_eq!(line.text(), "ab c[2J");
    }

    #[test]
    fn other_keys_are_not_for_editing() {
        for key in [Key::of(Code::Enter), Key::of(Code::Escape), Key::of(Code::Tab), Key::ctrl('c')] {
            assert!(!InputLine::new("a").edit(key), "{key:?}");
        }
    }
}
