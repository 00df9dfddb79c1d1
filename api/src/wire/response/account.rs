//! The responses to `GET /v1/balance` and `GET /v1/ping`.

use chrono::{DateTime, Utc};
use domain::account;
use poem_openapi::{Enum, Object};

/// The balance of an account.
#[derive(Debug, Clone, Object)]
pub(crate) struct Balance {
    /// The number of credits available.
    pub(crate) credits_remaining: i64,
    /// The plan of the account, as the operator named it.
    pub(crate) plan_id: String,
    /// Whether the account may submit jobs.
    pub(crate) status: AccountStatus,
    /// When the current period ends: the start of the next month, UTC. Credits are prepaid and do
    /// not end with it.
    pub(crate) current_period_end: DateTime<Utc>,
}

/// The response to a request with a valid API key.
#[derive(Debug, Clone, Object)]
pub(crate) struct Pong {
    /// Always `ok`.
    pub(crate) status: String,
}

/// Whether an account may submit jobs: `active`, or `suspended` by the operator.
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
            current_period_end: balance.period_end,
        }
    }
}
