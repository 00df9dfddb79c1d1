//! Changes of accounts, besides suspending and resuming them.

use super::level::Level;
use super::shell::quoted;
use crate::output::format::{count, quantity};

/// A change of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AccountWrite {
    /// Add credits.
    Grant {
        /// Its name.
        account: String,
        /// How many.
        credits: i64,
        /// Its balance, as far as it was known.
        balance: Option<i64>,
        /// Why.
        reason: String,
    },
    /// Add or remove credits as a correction.
    Adjust {
        /// Its name.
        account: String,
        /// How many; negative to remove some.
        credits: i64,
        /// Its balance, as far as it was known.
        balance: Option<i64>,
        /// Why.
        reason: String,
    },
    /// Create an account.
    Create {
        /// Its name.
        name: String,
        /// Its first credits.
        credits: i64,
        /// Why.
        reason: String,
    },
    /// Change the limits.
    Limit {
        /// Its name.
        account: String,
        /// Its share of the workers.
        weight: i16,
        /// Jobs per minute and at once; `None`: unlimited.
        rate: Option<(i32, i32)>,
        /// Why.
        reason: String,
    },
}

impl AccountWrite {
    pub(super) fn level(&self) -> Level {
        match self {
            Self::Grant { .. } | Self::Adjust { .. } => Level::Grave,
            Self::Create { .. } | Self::Limit { .. } => Level::Many,
        }
    }

    pub(super) fn title(&self) -> String {
        match self {
            Self::Grant { account, credits, .. } => format!("grant {} to {account}", quantity(*credits, "credit")),
            Self::Adjust { account, credits, .. } if *credits < 0 => {
                format!("remove {} from {account}", quantity(-credits, "credit"))
            }
            Self::Adjust { account, credits, .. } => format!("add {} to {account}", quantity(*credits, "credit")),
            Self::Create { name, .. } => format!("create account {name}"),
            Self::Limit { account, .. } => format!("change the limits of {account}"),
        }
    }

    pub(super) fn facts(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Grant { credits, balance, .. } => vec![("balance", change(*balance, *credits)), ledger("grant")],
            Self::Adjust { credits, balance, .. } => vec![("balance", change(*balance, *credits)), ledger("adjust")],
            Self::Create { credits, .. } => vec![("credits", count(*credits))],
            Self::Limit { weight, rate, .. } => vec![
                ("weight", weight.to_string()),
                ("rate", rate_text(*rate)),
                ("effect", "from its next job on".to_owned()),
            ],
        }
    }

    pub(super) fn subject(&self) -> &str {
        match self {
            Self::Grant { account, .. } | Self::Adjust { account, .. } | Self::Limit { account, .. } => account,
            Self::Create { name, .. } => name,
        }
    }

    pub(super) fn reason(&self) -> &str {
        match self {
            Self::Grant { reason, .. }
            | Self::Adjust { reason, .. }
            | Self::Create { reason, .. }
            | Self::Limit { reason, .. } => reason,
        }
    }

    pub(super) fn set_reason(&mut self, new: String) {
        match self {
            Self::Grant { reason, .. }
            | Self::Adjust { reason, .. }
            | Self::Create { reason, .. }
            | Self::Limit { reason, .. } => *reason = new,
        }
    }

    pub(super) fn command(&self) -> String {
        match self {
            Self::Grant { account, credits, .. } => format!("account grant {} {credits}", quoted(account)),
            Self::Adjust { account, credits, .. } => format!("account adjust {} {credits}", quoted(account)),
            Self::Create { name, credits, .. } => format!("account create {} --credits {credits}", quoted(name)),
            Self::Limit { account, weight, rate, .. } => {
                format!("account limit {} --weight {weight}{}", quoted(account), rate_options(*rate))
            }
        }
    }
}

fn ledger(kind: &str) -> (&'static str, String) {
    ("ledger", format!("a movement of the kind {kind}, with your name and reason"))
}

/// How the balance changes.
fn change(balance: Option<i64>, credits: i64) -> String {
    let sign = if credits > 0 { "+" } else { "" };
    match balance {
        Some(balance) => {
            format!("{} {sign}{} = {}", count(balance), count(credits), count(balance.saturating_add(credits)))
        }
        None => format!("… {sign}{}", count(credits)),
    }
}

/// A rate for people.
pub(super) fn rate_text(rate: Option<(i32, i32)>) -> String {
    let text =
        |(rate, burst): (i32, i32)| format!("{} jobs a minute, {} at once", count(rate.into()), count(burst.into()));
    rate.map_or_else(|| "unlimited".to_owned(), text)
}

/// A rate on the command line.
pub(super) fn rate_options(rate: Option<(i32, i32)>) -> String {
    let options = |(rate, burst)| format!(" --rate {rate} --burst {burst}");
    rate.map_or_else(|| " --no-rate".to_owned(), options)
}
