//! Settings of the environment that are probably mistakes. They are named at the start.

use std::env;
use std::time::{Duration, SystemTime};

use strsim::damerau_levenshtein;
use tracing::{Level, warn};

use crate::stderr;

/// Every variable of a program of Tintype. One environment file may serve all of them, so each
/// program knows those of the others.
pub const VARIABLES: [&str; 31] = [
    "TINTYPE_API_CONNECTIONS",
    "TINTYPE_BROWSER_MEMORY",
    "TINTYPE_BROWSER_USER",
    "TINTYPE_CHROMIUM",
    "TINTYPE_CONNECTIONS",
    "TINTYPE_DATA",
    "TINTYPE_DRAIN_DELAY",
    "TINTYPE_EGRESS_ALLOW",
    "TINTYPE_ENV",
    "TINTYPE_FONTS",
    "TINTYPE_GRACE",
    "TINTYPE_LISTEN",
    "TINTYPE_LISTS",
    "TINTYPE_LOG_FORMAT",
    "TINTYPE_MAX_AGE",
    "TINTYPE_MAX_CONNECTIONS",
    "TINTYPE_NO_NETNS",
    "TINTYPE_POOL_MEMORY",
    "TINTYPE_REQUIRE_NETNS",
    "TINTYPE_RESOLVER",
    "TINTYPE_SECRET_KEY",
    "TINTYPE_SECRET_KEY_FILE",
    "TINTYPE_SLOTS",
    "TINTYPE_STATIC_LANE",
    "TINTYPE_STATIC_LANE_SAMPLE",
    "TINTYPE_SYNC_WAIT",
    "TINTYPE_THUMBNAILS",
    "TINTYPE_TRUSTED_PROXIES",
    "TINTYPE_UNSAFE_NO_SANDBOX",
    "TINTYPE_WORKER_LISTEN",
    "TINTYPE_WORKER_NAME",
];

/// The variables of clients and tests, which may surround a program.
const OTHERS: [&str; 11] = [
    "TINTYPE_A11Y",
    "TINTYPE_CHAOS_MINUTES",
    "TINTYPE_CHAOS_SEED",
    "TINTYPE_GOLDEN",
    "TINTYPE_KEY",
    "TINTYPE_ONLY_FLAGS",
    "TINTYPE_SOAK_RENDERS",
    "TINTYPE_STRICT",
    "TINTYPE_TEST_PANIC",
    "TINTYPE_URL",
    "TINTYPE_VIEWER",
];

/// The most edits that turn a misspelling into the name that is suggested.
const MAX_EDITS: usize = 4;

/// What `RUST_LOG` may consist of, besides names of modules.
const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// No machine that runs this has a clock before: 2025-01-01.
const EARLIEST: Duration = Duration::from_hours(482_136);

/// Logs every setting that is probably a mistake.
pub fn report_mistakes() {
    for mistake in mistakes() {
        if tracing::enabled!(Level::WARN) {
            warn!("{mistake}");
        } else {
            stderr::write_line(&mistake);
        }
    }
}

fn mistakes() -> Vec<String> {
    let names = env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let filter = env::var("RUST_LOG").unwrap_or_default();
    names
        .filter_map(|name| unknown_variable(&name))
        .chain(log_filter(&filter))
        .chain(clock(SystemTime::now()))
        .collect()
}

fn unknown_variable(name: &str) -> Option<String> {
    if !name.starts_with("TINTYPE_") || VARIABLES.contains(&name) || OTHERS.contains(&name) {
        return None;
    }
    let (edits, nearest) = VARIABLES.iter().map(|known| (damerau_levenshtein(name, known), known)).min()?;
    let unknown = format!("the environment variable {name} is not one of Tintype, and has no effect");
    Some(if edits <= MAX_EDITS { format!("{unknown}; did you mean {nearest}?") } else { unknown })
}

/// Explains a filter that is not valid, or that takes a misspelled level for the name of a module.
fn log_filter(filter: &str) -> Option<String> {
    let advice = format!("set it to one of {}, or to MODULE=LEVEL pairs", LEVELS.join(", "));
    if let Err(error) = tracing_subscriber::EnvFilter::try_new(filter) {
        return Some(format!("RUST_LOG is not valid ({error}), and `info` is used: {advice}"));
    }
    let words = filter.split(',').map(str::trim).filter(|word| !word.is_empty() && !word.contains(['=', ':', '[']));
    let mut levels = words.filter(|word| !LEVELS.contains(&word.to_ascii_lowercase().as_str()));
    let word = levels.find(|word| is_like_a_level(&word.to_ascii_lowercase()))?;
    Some(format!("RUST_LOG: `{word}` is not a level, and counts as the name of a module: {advice}"))
}

fn is_like_a_level(word: &str) -> bool {
    let others = ["warning", "err", "fatal", "critical", "verbose", "none", "all", "notice", "information"];
    let is_number = word.parse::<u8>().is_ok();
    is_number || others.contains(&word) || LEVELS.iter().skip(1).any(|level| damerau_levenshtein(word, level) <= 2)
}

fn clock(now: SystemTime) -> Option<String> {
    let is_plausible = now.duration_since(SystemTime::UNIX_EPOCH).is_ok_and(|since| since > EARLIEST);
    (!is_plausible)
        .then(|| "this machine's clock is years behind: certificates and times will be wrong; set it (NTP)".to_owned())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::{clock, log_filter, unknown_variable};

    #[test]
    fn a_misspelled_variable_is_named_with_the_nearest_one() {
        for (name, nearest) in [
            ("TINTYPE_SLOT", Some("did you mean TINTYPE_SLOTS?")),
            ("TINTYPE_SECRETKEY", Some("did you mean TINTYPE_SECRET_KEY?")),
            ("TINTYPE_CONCURRENCY_OF_PAGES", Some("has no effect")),
            ("TINTYPE_SLOTS", None),
            ("SLOTS", None),
            ("tintype_slots", None),
        ] {
            let mistake = unknown_variable(name);
            assert_eq!(mistake.is_some(), nearest.is_some(), "{name}: {mistake:?}");
            assert!(mistake.unwrap_or_default().ends_with(nearest.unwrap_or_default()), "{name}");
        }
    }

    #[test]
    fn a_log_filter_that_means_something_else_is_named() {
        for (filter, is_mistake) in [
            ("", false),
            ("info", false),
            ("WARN", false),
            ("info,sqlx=error", false),
            ("api", false),
            ("worker::fleet", false),
            ("off", false),
            ("wran", true),
            ("warning", true),
            ("verbose", true),
            ("info,debgu", true),
            ("7", true),
            ("sqlx=loud", true),
            ("a=b=c", true),
        ] {
            assert_eq!(log_filter(filter).is_some(), is_mistake, "{filter}: {:?}", log_filter(filter));
        }
    }

    #[test]
    fn a_clock_before_this_release_is_named() {
        let at = |s| SystemTime::UNIX_EPOCH + Duration::from_secs(s);
        assert!(clock(at(0)).is_some() && clock(at(1_577_836_799)).is_some());
        assert!(clock(SystemTime::UNIX_EPOCH - Duration::from_secs(1)).is_some());
        assert_eq!(clock(at(1_800_000_000)), None);
    }
}
