//! Printing: a selection becomes a filter.

use std::time::Duration;

use domain::job::ErrorCode;
use domain::job::browse::Selection;

use super::time::{print_duration, print_moment};

/// Prints a selection as the filter that [`parse`](super::parse()) reads.
pub(crate) fn print(selection: &Selection) -> String {
    let Selection { state, kind, error, account, key, worker, batch, request, id, reference, since, until, .. } =
        selection;
    let words = [
        ("status:", state.map(|state| state.name().to_owned())),
        ("error:", error.as_ref().map(ErrorCode::name).map(quoted)),
        ("type:", kind.map(|kind| kind.name().to_owned())),
        ("account:", account.as_deref().map(quoted)),
        ("key:", key.as_deref().map(quoted)),
        ("worker:", worker.as_deref().map(quoted)),
        ("batch:", batch.map(|batch| batch.to_string())),
        ("request:", request.as_deref().map(quoted)),
        ("id:", id.map(|id| id.to_string())),
        ("reference:", reference.as_deref().map(quoted)),
        ("since:", since.map(print_moment)),
        ("until:", until.map(print_moment)),
        ("attempt:", selection.attempts_over.map(|attempts| format!(">{attempts}"))),
        ("wait:", selection.wait_over_s.map(|s| format!(">{}", print_duration(rounded(s))))),
        ("url~", selection.url.as_deref().map(quoted)),
    ];
    let words: Vec<String> = words.into_iter().filter_map(|(key, value)| Some(format!("{key}{}", value?))).collect();
    words.join(" ")
}

/// A duration to the millisecond, which is what a filter can say.
fn rounded(seconds: f64) -> Duration {
    let exact = Duration::try_from_secs_f64(seconds).unwrap_or_default();
    let ms = exact.saturating_add(Duration::from_micros(500)).as_millis();
    Duration::from_millis(u64::try_from(ms).unwrap_or(u64::MAX))
}

/// A value, in quotes if it needs them.
pub(super) fn quoted(value: &str) -> String {
    if value.is_empty() || value.contains(|letter: char| letter.is_whitespace() || letter == '"') {
        format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        value.to_owned()
    }
}
