//! Accounts as lists have them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::state::AccountState;
use crate::id::AccountId;

/// An account in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AccountSummary {
    /// Its id.
    pub id: AccountId,
    /// The name that identifies it in all commands.
    pub name: String,
    /// Whether it may submit.
    pub state: AccountState,
    /// The plan that it is on.
    pub plan: String,
    /// Credits that can be spent now.
    pub credits: i64,
    /// Credits that it spends per minute, less what is refunded: the mean since five full minutes ago.
    pub burn_per_minute: f64,
    /// Seconds until the credits are spent at that rate. 0 if they are, and jobs were refused; `None` if it does not
    /// spend any.
    pub empty_in_s: Option<f64>,
    /// Submissions that were refused in these minutes.
    pub refused: i64,
}

/// A page of accounts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AccountPage {
    /// The time, by the database's clock.
    pub at: DateTime<Utc>,
    /// The accounts.
    pub accounts: Vec<AccountSummary>,
    /// The name after which the next page starts; `None` on the last page, and in lists of those that spend.
    pub next: Option<String>,
    /// Whether no account that the list is about is missing, on other pages or at all.
    pub is_complete: bool,
}
