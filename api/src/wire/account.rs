//! An account, as its own key sees it.

use chrono::{DateTime, Utc};
use domain::account;
use poem_openapi::{Enum, Object};

/// What the account has left.
#[derive(Debug, Clone, Object)]
pub(crate) struct Balance {
    /// Credits that can be spent now.
    pub(crate) credits_remaining: i64,
    /// The plan that the account is on.
    pub(crate) plan_id: String,
    /// Whether the account may submit.
    pub(crate) status: AccountStatus,
    /// When the current period ends; null where credits are prepaid and have no period.
    #[oai(nullable)]
    pub(crate) current_period_end: Option<DateTime<Utc>>,
}

/// Whether an account may submit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "lowercase")]
pub(crate) enum AccountStatus {
    Active,
    Suspended,
}

impl From<account::Balance> for Balance {
    fn from(balance: account::Balance) -> Self {
        Self {
            credits_remaining: balance.credits,
            plan_id: balance.plan,
            status: if balance.suspended { AccountStatus::Suspended } else { AccountStatus::Active },
            current_period_end: None,
        }
    }
}
