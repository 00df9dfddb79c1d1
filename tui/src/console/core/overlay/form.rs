//! A form: the fields of a change.

use crate::console::core::draft::{Draft, FieldError, FieldSpec, Filled};
use crate::console::core::input::{Code, Key};
use crate::console::core::input_line::InputLine;

/// The fields of a change, as they are filled in.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Form {
    /// What it is for.
    pub(crate) draft: Draft,
    /// The fields.
    pub(crate) fields: Vec<(FieldSpec, InputLine)>,
    /// The field with the cursor.
    pub(crate) current: usize,
    /// Which field is wrong, and the way out.
    pub(crate) error: Option<FieldError>,
}

/// What a key leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// Nothing yet.
    Pending,
    /// The form is closed.
    Cancelled,
    /// It is filled in.
    Filled(Filled),
}

impl Form {
    /// An empty form.
    pub(crate) fn new(draft: Draft) -> Self {
        let fields = draft.fields().into_iter().map(|spec| (spec.clone(), InputLine::new(&spec.value))).collect();
        Self { draft, fields, current: 0, error: None }
    }

    /// Applies a key.
    pub(crate) fn press(&mut self, key: Key) -> Step {
        let count = self.fields.len().max(1);
        match key.code {
            Code::Escape => return Step::Cancelled,
            Code::Tab | Code::Down => self.current = (self.current + 1) % count,
            Code::BackTab | Code::Up => self.current = (self.current + count - 1) % count,
            Code::Enter if self.current + 1 < count => self.current += 1,
            Code::Enter => {
                let values: Vec<String> = self.fields.iter().map(|(_, line)| line.text().trim().to_owned()).collect();
                match self.draft.fill(&values) {
                    Ok(filled) => return Step::Filled(filled),
                    Err(error) => {
                        self.current = error.field.min(count - 1);
                        self.error = Some(error);
                    }
                }
            }
            _ => {
                self.error = None;
                if let Some((_, line)) = self.fields.get_mut(self.current) {
                    line.edit(key);
                }
            }
        }
        Step::Pending
    }

    /// Inserts what was pasted.
    pub(crate) fn paste(&mut self, text: &str) {
        if let Some((_, line)) = self.fields.get_mut(self.current) {
            line.insert(text);
        }
    }
}
