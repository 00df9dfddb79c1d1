//! Findings about accounts that run dry, or were refused.

use domain::overview::Account;

use super::facts::Facts;
use super::finding::{Finding, Severity};
use crate::console::core::route::Route;
use crate::output::format::{count, duration, quantity, seconds};

/// An account whose credits last for less than this soon stops.
const SOON_S: f64 = 600.0;

/// The largest number of accounts that are named.
const MAX_NAMED: usize = 5;

pub(super) fn findings(facts: &Facts) -> Vec<Finding> {
    let accounts = facts.burn.map(|burn| burn.accounts.as_slice()).unwrap_or_default();
    let mut found: Vec<Finding> = accounts.iter().filter_map(describe).collect();
    let more = found.len().saturating_sub(MAX_NAMED);
    if more > 0 {
        found.truncate(MAX_NAMED);
        let text = format!("{more} more accounts are or will be empty");
        found.push(Finding::new(Severity::Warning, "more-accounts", text, Some(Route::Accounts(None))));
    }
    found
}

fn describe(account: &Account) -> Option<Finding> {
    let (name, refused) = (&account.name, account.refused);
    let refusals = format!("{} refused", quantity(refused, "submission"));
    let (severity, text) = if account.suspended {
        (refused > 0).then(|| (Severity::Notice, format!("account {name} is suspended: {refusals}")))?
    } else if account.credits <= 0 {
        let refusals = if refused > 0 { refusals } else { "nothing refused yet".to_owned() };
        (Severity::Warning, format!("account {name} is empty: {refusals}"))
    } else if let Some(left) = account.empty_in_s.filter(|left| *left < SOON_S) {
        let (credits, left) = (quantity(account.credits, "credit"), duration(seconds(left)));
        #[expect(clippy::cast_possible_truncation, reason = "a rate for people")]
        let per_min = account.per_min.round() as i64;
        (Severity::Warning, format!("account {name} has {credits}, spends {}/min: empty in {left}", count(per_min)))
    } else {
        (refused > 0).then(|| (Severity::Notice, format!("account {name}: {refusals}, over its rate or credits")))?
    };
    Some(Finding::new(severity, format!("account:{name}"), text, Some(Route::Account(name.clone()))))
}
