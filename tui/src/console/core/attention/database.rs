//! Findings about the database.

use std::time::Duration;

use super::facts::Facts;
use super::finding::{Finding, Severity};
use crate::output::format::duration;

/// The counts are read in a few milliseconds. An answer that takes longer than this is slow.
const SLOW: Duration = Duration::from_millis(250);

pub(super) fn findings(facts: &Facts) -> Vec<Finding> {
    let outage = facts.outage.map(|(reason, silent)| {
        let silent = silent.map(|silent| format!(" for {}", duration(silent))).unwrap_or_default();
        let text = format!("the database does not answer{silent}: {reason}");
        Finding::new(Severity::Critical, "database", text, None)
    });
    let slow = facts.took.filter(|took| *took > SLOW && facts.outage.is_none()).map(|took| {
        let text = format!("the database is slow: it took {} ms to count jobs", took.as_millis());
        Finding::new(Severity::Warning, "slow", text, None)
    });
    let hint = facts.hint.map(|hint| Finding::new(Severity::Notice, "schema", hint, None));
    outage.into_iter().chain(slow).chain(hint).collect()
}
