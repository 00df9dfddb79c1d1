//! Findings about the deletion of expired results.

use super::facts::Facts;
use super::finding::{Finding, Severity};
use crate::console::core::route::Route;
use crate::output::format::duration;

/// Every worker sweeps once a minute. If none has for this long, none will.
const SILENT_S: i64 = 180;

pub(super) fn findings(facts: &Facts) -> Vec<Finding> {
    let Some(snapshot) = facts.snapshot else { return Vec::new() };
    let age = |since: chrono::DateTime<chrono::Utc>| (snapshot.at - since).to_std().unwrap_or_default();
    let Some(fleet) = facts.fleet else { return Vec::new() };
    let sweep = &fleet.sweep;
    let overdue = sweep.overdue_since.map(|since| {
        let text = format!("expired results are kept: overdue for {}", duration(age(since)));
        Finding::new(Severity::Warning, "overdue", text, Some(Route::Expiries)).since(Some(since))
    });
    let is_silent = |last: &chrono::DateTime<chrono::Utc>| (snapshot.at - *last).num_seconds() > SILENT_S;
    let silent = sweep.last_at.filter(|last| is_silent(last) && fleet.total.alive > 0).map(|last| {
        let text = format!("no worker has swept expired results for {}", duration(age(last)));
        Finding::new(Severity::Warning, "sweep", text, Some(Route::Expiries)).since(Some(last))
    });
    overdue.or(silent).into_iter().collect()
}
