//! The mark in a job's options that says that it has secrets.
//!
//! A worker of a version without secrets does not know the mark, so it cannot read the options
//! and leaves the job to another worker: it never renders the page without them.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::options::stored::StoredOptions;

const MARK: &str = "has_secrets";

/// The options of a job, with the mark if it has secrets.
pub(crate) fn mark(options: &StoredOptions, has_secrets: bool) -> Value {
    // Options consist of strings, numbers and enums, which always serialize.
    let mut options = options.serialize(serde_json::value::Serializer).unwrap_or_default();
    if has_secrets && let Some(options) = options.as_object_mut() {
        options.insert(MARK.to_owned(), Value::Bool(true));
    }
    options
}

/// Removes the mark from stored options, and returns whether it was there.
pub(crate) fn unmark(options: &mut Value) -> bool {
    options.as_object_mut().and_then(|options: &mut Map<_, _>| options.shift_remove(MARK)).is_some()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::{Value, json};

    use super::{StoredOptions, mark, unmark};

    fn stored() -> Value {
        let viewport = json!({"width": 1280, "height": 720, "device_scale_factor": 1.0});
        let screenshot = json!({"format": "png", "viewport": viewport, "area": "viewport"});
        json!({"page": "html", "wait_for": "load", "delay_ms": 5, "output": {"screenshot": screenshot}})
    }

    fn options() -> StoredOptions {
        StoredOptions::deserialize(stored()).expect("stored options")
    }

    /// Every version before secrets rejects options with a field that it does not know.
    #[test]
    fn a_version_without_secrets_cannot_read_the_options_of_a_job_with_secrets() {
        assert!(StoredOptions::deserialize(mark(&options(), true)).is_err());
    }

    #[test]
    fn the_options_of_a_job_without_secrets_are_stored_as_before() {
        assert_eq!(mark(&options(), false), stored());
    }

    #[test]
    fn what_was_marked_is_read_with_the_mark() {
        for has_secrets in [true, false] {
            let mut marked = mark(&options(), has_secrets);

            assert_eq!((unmark(&mut marked), marked), (has_secrets, stored()));
        }
    }
}
