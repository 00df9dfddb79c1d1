//! Parsing: a filter becomes a selection.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::id::JobId;
use domain::job::browse::{Moment, Selection};
use domain::job::{ErrorCode, JobState, JobType};

use super::error::FilterError;
use super::lex::{Word, words};
use super::value::{self, STATES, TYPES, nearest};
use super::{KEYS, time};

/// Parses a filter. Times of the day are the last before `now`, by the database's clock.
pub(crate) fn parse(text: &str, now: Option<DateTime<Utc>>) -> Result<Selection, FilterError> {
    let mut selection = Selection::default();
    let mut seen = Vec::new();
    for word in words(text) {
        word.check()?;
        let key = if word.key.is_empty() { bare(&word, &mut selection)? } else { word.key.clone() };
        if !word.key.is_empty() {
            set(&word, &mut selection, now)?;
        }
        if seen.contains(&key) {
            return Err(FilterError::new(&word.raw, format!("{key} is there twice: remove one")));
        }
        seen.push(key);
    }
    Ok(selection)
}

/// A word without a key: the id of a job, or that of a request as the API gives it, which has no hyphens.
fn bare(word: &Word, selection: &mut Selection) -> Result<String, FilterError> {
    if let Ok(id) = word.value.parse::<JobId>() {
        if word.value.contains('-') {
            selection.id = Some(id);
            return Ok("id:".to_owned());
        }
        selection.request = Some(word.value.clone());
        return Ok("request:".to_owned());
    }
    let known = KEYS.iter().map(|key| key.name);
    let meant = nearest(&word.value, known.clone().map(|name| name.trim_end_matches([':', '~'])));
    Err(FilterError::new(
        &word.raw,
        match meant.and_then(|meant| known.clone().find(|name| name.trim_end_matches([':', '~']) == meant)) {
            Some(key) => format!("write a value behind the key, as in {key}…"),
            None => format!("write key:value, or url~{} for a part of the URL", word.raw),
        },
    ))
}

fn set(word: &Word, selection: &mut Selection, now: Option<DateTime<Utc>>) -> Result<(), FilterError> {
    let invalid = |hint: &str| FilterError::new(&word.raw, hint);
    if word.value.is_empty() && KEYS.iter().any(|key| key.name == word.key) {
        let help = KEYS.iter().find(|key| key.name == word.key).map_or("", |key| key.help);
        return Err(invalid(&format!("the value is missing: {help}")));
    }
    let text = || Some(word.value.clone());
    match word.key.as_str() {
        "status:" => selection.state = Some(one_of(word, STATES, JobState::name)?),
        "type:" => selection.kind = Some(one_of(word, TYPES, JobType::name)?),
        "error:" => selection.error = Some(error_code(word)?),
        "account:" => selection.account = text(),
        "key:" => selection.key = text(),
        "worker:" => selection.worker = text(),
        "request:" => selection.request = text(),
        "reference:" => selection.reference = text(),
        "url~" => selection.url = text(),
        "batch:" => selection.batch = Some(word.value.parse().map_err(|_| invalid("is not the id of a batch"))?),
        "id:" => selection.id = Some(word.value.parse().map_err(|_| invalid("is not the id of a job"))?),
        "since:" => selection.since = Some(moment(word, now)?),
        "until:" => selection.until = Some(moment(word, now)?),
        "attempt:" => selection.attempts_over = Some(attempts(word)?),
        "wait:" => selection.wait_over_s = Some(wait(word)?.as_secs_f64()),
        _ => return Err(unknown_key(word)),
    }
    Ok(())
}

fn unknown_key(word: &Word) -> FilterError {
    let hint = nearest(&word.key, KEYS.iter().map(|key| key.name))
        .map_or_else(|| "there is no such key: Tab lists them".to_owned(), |key| format!("did you mean {key}?"));
    FilterError::new(&word.raw, hint)
}

fn one_of<T: Copy>(
    word: &Word,
    values: impl IntoIterator<Item = T>,
    name: fn(T) -> &'static str,
) -> Result<T, FilterError> {
    let found = values.into_iter().find(|value| name(*value).eq_ignore_ascii_case(&word.value));
    found.ok_or_else(|| {
        let words = value::words(&word.key);
        let meant = nearest(&word.value, words.iter().map(String::as_str));
        let hint =
            meant.map_or_else(|| format!("is one of {}", words.join(", ")), |meant| format!("did you mean {meant}?"));
        FilterError::new(&word.raw, hint)
    })
}

/// An error code of this version, or one that a later version may write.
fn error_code(word: &Word) -> Result<ErrorCode, FilterError> {
    let code = ErrorCode::parse(&word.value.to_ascii_uppercase());
    match &code {
        ErrorCode::Other(name) => match nearest(name, ErrorCode::names()) {
            Some(meant) => Err(FilterError::new(&word.raw, format!("did you mean {meant}?"))),
            None => Ok(code),
        },
        _ => Ok(code),
    }
}

fn moment(word: &Word, now: Option<DateTime<Utc>>) -> Result<Moment, FilterError> {
    let hint = "is not a time: write 1h, 14:32, 2026-11-29 or 2026-11-29T14:32:00Z";
    time::moment(&word.value, now).ok_or_else(|| FilterError::new(&word.raw, hint))
}

fn attempts(word: &Word) -> Result<i16, FilterError> {
    let number = word.value.strip_prefix('>').and_then(|number| number.parse().ok());
    number.filter(|number| *number >= 0).ok_or_else(|| FilterError::new(&word.raw, "write a number, as in attempt:>1"))
}

fn wait(word: &Word) -> Result<Duration, FilterError> {
    let duration = word.value.strip_prefix('>').and_then(time::duration);
    duration.ok_or_else(|| FilterError::new(&word.raw, "write a duration, as in wait:>30s"))
}
