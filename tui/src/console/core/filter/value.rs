//! Values of the filter language that are one of a few.

use domain::job::{ErrorCode, JobState, JobType};

pub(super) const STATES: [JobState; 4] =
    [JobState::Queued, JobState::Processing, JobState::Completed, JobState::Failed];

pub(super) const TYPES: [JobType; 2] = [JobType::Screenshot, JobType::Pdf];

/// The words that a key can have, if they are few.
pub(super) fn words(key: &str) -> Vec<String> {
    match key {
        "status:" => STATES.iter().map(|state| state.name().to_owned()).collect(),
        "type:" => TYPES.iter().map(|kind| kind.name().to_owned()).collect(),
        "error:" => ErrorCode::names().map(str::to_owned).collect(),
        "since:" | "until:" => ["15m", "1h", "6h", "24h", "7d"].map(str::to_owned).to_vec(),
        "attempt:" => [">1", ">2"].map(str::to_owned).to_vec(),
        "wait:" => [">10s", ">30s", ">1m", ">5m"].map(str::to_owned).to_vec(),
        _ => Vec::new(),
    }
}

/// The nearest of some words, if it may have been meant.
pub(super) fn nearest<'a>(word: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_ascii_lowercase();
    let similarity = |other: &str| strsim::jaro_winkler(&word, &other.to_ascii_lowercase());
    words
        .into_iter()
        .map(|other| (similarity(other), other))
        .filter(|(similarity, _)| *similarity > 0.8)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, word)| word)
}
