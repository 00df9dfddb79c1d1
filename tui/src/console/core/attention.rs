//! Attention: findings, the worst first. Pure functions of what the overview reads.

mod accounts;
mod database;
mod facts;
mod failures;
mod finding;
mod fleet;
mod queue;
mod storage;

pub(crate) use facts::Facts;
pub(crate) use finding::{Finding, Severity};
pub(crate) use queue::drain;

/// Returns the findings, the worst first.
pub(crate) fn findings(facts: &Facts) -> Vec<Finding> {
    let rules = [
        database::findings,
        fleet::findings,
        failures::findings,
        queue::findings,
        accounts::findings,
        storage::findings,
    ];
    let mut found: Vec<Finding> = rules.iter().flat_map(|rule| rule(facts)).collect();
    found.sort_by_key(|finding| finding.severity);
    found
}

#[cfg(test)]
mod tests;
