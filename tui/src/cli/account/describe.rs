//! Describes an account for people.

use domain::account::{AccountDetails, Hour, MAX_KEYS, RefundCheck};

use crate::output::format::{approximate, count, sanitize, timestamp};

/// Describes an account, one property a line.
pub(super) fn account(account: &AccountDetails, hours: &[Hour], refunds: &RefundCheck) -> String {
    let more = if account.active_keys >= MAX_KEYS { "+" } else { "" };
    let rate = match (account.rate, account.burst) {
        (Some(rate), Some(burst)) => format!("{} jobs a minute, {} at once", count(rate.into()), count(burst.into())),
        _ => "unlimited".to_owned(),
    };
    let sum = |value: fn(&Hour) -> i64| approximate(hours.iter().map(value).sum());
    let day = format!(
        "{} credits debited, {} refunded, {} submissions refused",
        sum(|hour| hour.debits),
        sum(|hour| hour.refunds),
        sum(|hour| hour.refused)
    );
    let checked = match refunds.unrefunded.as_slice() {
        [] => format!("the newest {} failed jobs are refunded", refunds.checked),
        jobs => format!("NOT refunded: {}", jobs.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
    };
    let lines = [
        ("name", sanitize(&account.name)),
        ("id", account.id.to_string()),
        ("state", account.state.name().to_owned()),
        ("suspended", account.suspended_at.map(timestamp).unwrap_or_default()),
        ("plan", sanitize(&account.plan)),
        ("credits", count(account.credits)),
        ("burn", format!("≈{:.1} credits a minute", account.burn_per_minute)),
        ("empty at", account.empty_at.map(|at| format!("≈{}", timestamp(at))).unwrap_or_default()),
        ("last day", day),
        ("rate", rate),
        ("weight", account.weight.to_string()),
        ("keys", format!("{}{more} active", account.active_keys)),
        ("created", timestamp(account.created_at)),
        ("refunds", checked),
    ];
    let lines = lines.iter().filter(|(_, text)| !text.is_empty());
    lines.map(|(label, text)| format!("{label:<10} {text}")).collect::<Vec<_>>().join("\n")
}
