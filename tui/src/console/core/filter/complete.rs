//! Completion: what can follow in a filter.

use super::KEYS;
use super::lex::{Word, words};
use super::print::quoted;
use super::value;

/// Names that the console has seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Known {
    /// Accounts.
    pub(crate) accounts: Vec<String>,
    /// Public ids of keys.
    pub(crate) keys: Vec<String>,
    /// Workers.
    pub(crate) workers: Vec<String>,
}

/// What can take the place of the word before the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Completion {
    /// The first character that is replaced. The last is the one before the cursor.
    pub(crate) start: usize,
    /// What can stand there.
    pub(crate) words: Vec<String>,
}

/// Completes the word before the cursor: keys that the filter does not have yet, then their values.
pub(crate) fn complete(text: &str, cursor: usize, known: &Known) -> Completion {
    let before: String = text.chars().take(cursor).collect();
    let mut words = words(&before);
    let is_in_word = words.last().is_some_and(|word| word.is_open)
        || before.chars().next_back().is_some_and(|letter| !letter.is_whitespace());
    let current = if is_in_word { words.pop() } else { None };
    let start = current.as_ref().map_or(cursor.min(before.chars().count()), |word| word.start);
    let words = match current {
        Some(word) if !word.key.is_empty() => values(&word, known),
        current => keys(current.map_or_else(String::new, |word| word.value).as_str(), &words),
    };
    Completion { start, words }
}

fn keys(prefix: &str, others: &[Word]) -> Vec<String> {
    let is_new = |name: &str| !others.iter().any(|word| word.key == name);
    let names = KEYS.iter().map(|key| key.name).filter(|name| name.starts_with(prefix) && is_new(name));
    names.map(str::to_owned).collect()
}

fn values(word: &Word, known: &Known) -> Vec<String> {
    let names = match word.key.as_str() {
        "account:" => known.accounts.clone(),
        "key:" => known.keys.clone(),
        "worker:" => known.workers.clone(),
        key => value::words(key),
    };
    let prefix = word.value.to_ascii_lowercase();
    let fits = |name: &&String| name.to_ascii_lowercase().starts_with(&prefix);
    names.iter().filter(fits).map(|name| format!("{}{}", word.key, quoted(name))).collect()
}
