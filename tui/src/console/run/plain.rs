//! Plain lines in place of the console, for terminals that cannot show it and for screen readers.

use crate::cli::{CommandError, watch};
use crate::output::OutputFormat;
use crate::profile::Profile;

/// Whether lines are wanted: the terminal moves no cursor, or the operator says so.
pub(super) fn is_wanted() -> bool {
    let read = |name: &str| std::env::var(name).unwrap_or_default();
    matches!(read("TERM").as_str(), "" | "dumb") || !matches!(read("TINTYPE_A11Y").as_str(), "" | "0")
}

/// Prints a line for each change, until the operator ends it.
pub(super) async fn run(profile: &Profile) -> Result<(), CommandError> {
    watch::run(&profile.target, OutputFormat::Text, &watch::WatchArgs::default()).await
}
