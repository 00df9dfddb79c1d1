//! Splitting a filter into words.

use super::error::FilterError;

/// A word of a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// Its first character.
    pub(super) start: usize,
    /// As it is written.
    pub(super) raw: String,
    /// The part before the sign, with the sign; empty if there is none.
    pub(super) key: String,
    /// The part behind the sign, without quotes.
    pub(super) value: String,
    /// Whether a quote is missing at its end.
    pub(super) is_open: bool,
}

/// Splits a filter into words.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut letters = text.chars().enumerate().peekable();
    while let Some((start, letter)) = letters.next_if(|_| true) {
        if letter.is_whitespace() {
            continue;
        }
        let mut word = Word { start, raw: String::new(), key: String::new(), value: String::new(), is_open: false };
        let mut is_escaped = false;
        let mut next = Some(letter);
        while let Some(letter) = next {
            word.raw.push(letter);
            is_escaped = word.take(letter, is_escaped);
            let is_quoted = word.is_open;
            next = letters.next_if(|(_, letter)| is_quoted || !letter.is_whitespace()).map(|(_, letter)| letter);
        }
        words.push(word);
    }
    words
}

impl Word {
    /// Takes a letter, and returns whether the next one is escaped.
    fn take(&mut self, letter: char, is_escaped: bool) -> bool {
        match letter {
            '"' if !is_escaped => self.is_open = !self.is_open,
            '\\' if self.is_open && !is_escaped => return true,
            ':' | '~' if !self.is_open && self.key.is_empty() => {
                self.key = std::mem::take(&mut self.value);
                self.key.push(letter);
            }
            _ => self.value.push(letter),
        }
        false
    }

    /// Checks what every word must have.
    pub(super) fn check(&self) -> Result<(), FilterError> {
        if self.is_open {
            return Err(FilterError::new(&self.raw, "a quote is missing at the end"));
        }
        if self.value.contains('\0') {
            return Err(FilterError::new(&self.raw, "U+0000 is not possible"));
        }
        if self.raw.starts_with('-') || self.raw.starts_with('!') {
            return Err(FilterError::new(&self.raw, "a filter has no negation: name what you want to see"));
        }
        Ok(())
    }
}
