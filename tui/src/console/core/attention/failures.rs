//! Findings about jobs that end.

use chrono::{DateTime, Utc};
use domain::overview::{FailureGroup, Minute};

use super::facts::Facts;
use super::finding::{Finding, Severity};
use crate::console::core::route::Route;
use crate::output::format::count;

/// So few failures a minute are normal everywhere.
const FEW: i64 = 10;

/// More failures than this many times the norm are not normal.
const FACTOR: i64 = 3;

/// The minutes that are compared with those before them.
const RECENT: usize = 5;

/// The smallest number of jobs from which one can tell that all fail.
const ENOUGH: i64 = 5;

pub(super) fn findings(facts: &Facts) -> Vec<Finding> {
    let (before, recent) = facts.minutes.split_at(facts.minutes.len().saturating_sub(RECENT + 1));
    let norm = median(before);
    let threshold = FEW.max(FACTOR * norm);
    // The last minute is not over: it counts only if it is already worse.
    let per_min = recent.iter().rev().take(2).map(|minute| minute.failed).max().unwrap_or(0);
    let dominant = dominant(facts);
    if per_min > threshold {
        let text = format!("{} failed/min, normal {}{}", count(per_min), count(norm), describe(dominant));
        let since = begin(facts.minutes, threshold);
        let severity = severity(dominant, Severity::Critical);
        return vec![Finding::new(severity, "failures", text, Some(target(dominant))).since(since)];
    }
    let completed: i64 = recent.iter().map(|minute| minute.completed).sum();
    let failed: i64 = recent.iter().map(|minute| minute.failed).sum();
    if completed == 0 && failed >= ENOUGH {
        let text = format!("all {} jobs of the last minutes failed{}", count(failed), describe(dominant));
        // With so little traffic it may be one customer with a wrong address.
        let severity = severity(dominant, Severity::Warning);
        return vec![Finding::new(severity, "failures", text, Some(target(dominant)))];
    }
    Vec::new()
}

/// A customer may cancel a batch: nobody must be woken for that.
fn severity(dominant: Option<(&FailureGroup, i64)>, usual: Severity) -> Severity {
    let is_cancelled = dominant.is_some_and(|(group, share)| group.code == "CANCELLED" && share >= 50);
    if is_cancelled { Severity::Notice } else { usual }
}

/// The middle of the failures per minute: a few bad minutes do not make it higher.
fn median(minutes: &[Minute]) -> i64 {
    let mut failed: Vec<i64> = minutes.iter().map(|minute| minute.failed).collect();
    failed.sort_unstable();
    failed.get(failed.len() / 2).copied().unwrap_or(0)
}

/// Since when there have been too many. The last minute is not over, and may still be below.
fn begin(minutes: &[Minute], threshold: i64) -> Option<DateTime<Utc>> {
    let ended = minutes.iter().rev().skip_while(|minute| minute.failed <= threshold);
    ended.take_while(|minute| minute.failed > threshold).last().map(|minute| minute.minute)
}

/// The most frequent kind of failure of the last five minutes, and its share in percent.
fn dominant<'a>(facts: &Facts<'a>) -> Option<(&'a FailureGroup, i64)> {
    let groups = &facts.outcomes?.failures.groups;
    let total: i64 = groups.iter().map(|group| group.recent).sum();
    let worst = groups.iter().max_by_key(|group| group.recent).filter(|group| group.recent > 0)?;
    Some((worst, worst.recent * 100 / total.max(1)))
}

fn describe(dominant: Option<(&FailureGroup, i64)>) -> String {
    dominant.map(|(group, share)| format!("; {share}% are {} on {}", group.code, group.kind)).unwrap_or_default()
}

fn target(dominant: Option<(&FailureGroup, i64)>) -> Route {
    // Half of them is a reason to look at these first.
    let filter = match dominant.filter(|(_, share)| *share >= 50) {
        Some((group, _)) => format!("status:failed error:{} type:{} since:1h", group.code, group.kind),
        None => "status:failed since:1h".to_owned(),
    };
    Route::Jobs(Some(filter))
}
