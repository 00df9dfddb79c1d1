//! The response to `GET /v1/balance`.

use chrono::{DateTime, Utc};
use domain::account;
use poem_openapi::{Enum, Object};

/// The balance of an account.
#[derive(Debug, Clone, Object)]
pub(crate) struct Balance {
    /// The number of credits available.
    pub(crate) credits_remaining: i64,
    /// The plan of the account.
    pub(crate) plan_id: String,
    /// Whether the account may submit jobs.
    pub(crate) status: AccountStatus,
    /// When the current billing period ends. Null for prepaid credits, which have no period.
    #[oai(nullable)]
    pub(crate) current_period_end: Option<DateTime<Utc>>,
}

/// Whether an account may submit jobs.
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
