//! A line that is edited: the filter, or a time.

use crate::console::core::filter::{self, Completion, FilterError, Known};
use crate::console::core::input::{Code, Key};
use crate::console::core::input_line::InputLine;

/// The kind of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    /// The filter.
    Filter,
    /// The time to go to.
    Time,
}

/// A line that is edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Editor {
    /// Its kind.
    pub(crate) field: Field,
    /// The text.
    pub(crate) line: InputLine,
    /// Why it was not accepted.
    pub(crate) error: Option<String>,
    /// What Tab inserts, and which of it is inserted.
    pub(crate) completion: Option<(Completion, usize)>,
}

impl Editor {
    pub(super) fn new(field: Field, text: &str) -> Self {
        Self { field, line: InputLine::new(text), error: None, completion: None }
    }

    pub(super) fn failed(text: &str, error: &FilterError) -> Self {
        Self { error: Some(error.to_string()), ..Self::new(Field::Filter, text) }
    }

    /// What can follow, for the line below.
    pub(crate) fn candidates(&self, known: &Known) -> Vec<String> {
        match &self.completion {
            Some((completion, _)) => completion.words.clone(),
            None => filter::complete(&self.line.text(), self.line.cursor(), known).words,
        }
    }

    /// Inserts the next word that can stand at the cursor.
    pub(super) fn complete(&mut self, known: &Known) {
        let text = self.line.text();
        let (completion, chosen) = match self.completion.take() {
            Some((completion, chosen)) => {
                let count = completion.words.len().max(1);
                (completion, (chosen + 1) % count)
            }
            None => (filter::complete(&text, self.line.cursor(), known), 0),
        };
        if let Some(word) = completion.words.get(chosen) {
            let behind: String = text.chars().skip(self.line.cursor()).collect();
            let before: String = text.chars().take(completion.start).collect();
            let mut line = InputLine::new(&format!("{before}{word}"));
            let cursor = line.cursor();
            line.insert(&behind);
            while line.cursor() > cursor {
                line.edit(Key::of(Code::Left));
            }
            self.line = line;
        }
        // With one candidate, the next Tab completes what is behind it.
        self.completion = Some((completion, chosen)).filter(|(completion, _)| completion.words.len() > 1);
    }
}
