//! Skipping a test, or part of one, on a machine that lacks what it needs.

/// The variable under which nothing may be skipped.
const STRICT: &str = "TINTYPE_STRICT";

/// Prints why a test, or part of it, is skipped; the caller returns next.
///
/// Fails the test if `TINTYPE_STRICT` is set, as it is where the whole suite must run.
#[track_caller]
pub fn skip(reason: &str) {
    let strict = std::env::var_os(STRICT).is_some_and(|value| !value.is_empty() && value != "0");
    assert!(!strict, "nothing may be skipped under {STRICT}, but: {reason}");
    eprintln!("skipped: {reason}");
}
