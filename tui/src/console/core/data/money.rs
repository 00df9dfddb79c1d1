//! The answers to queries about accounts, ledgers and keys.

use domain::account::{AccountDetails, AccountPage, Hour, LedgerPage, RefundCheck};
use domain::key::KeyPage;
use serde::{Deserialize, Serialize};

/// See [`MoneyQuery`](crate::console::core::query::MoneyQuery), which has the same variants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MoneyData {
    /// Accounts.
    Accounts(AccountPage),
    /// An account; `None` if there is none of this name.
    Account(Option<Box<AccountDetails>>),
    /// Its last 24 hours.
    Hours(Vec<Hour>),
    /// Its newest movements.
    Ledger(LedgerPage),
    /// Older movements.
    OlderLedger(LedgerPage),
    /// Whether its failed jobs were refunded.
    Refunds(RefundCheck),
    /// The newest keys.
    Keys(KeyPage),
    /// Older keys.
    OlderKeys(KeyPage),
}
