//! Errors of the filter language.

/// A word of a filter that is wrong, and the way out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{word:?}: {hint}")]
pub(crate) struct FilterError {
    /// The word.
    pub(crate) word: String,
    /// What to write instead.
    pub(crate) hint: String,
}

impl FilterError {
    pub(super) fn new(word: &str, hint: impl Into<String>) -> Self {
        Self { word: word.to_owned(), hint: hint.into() }
    }
}
