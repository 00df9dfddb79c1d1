//! Queries about accounts, ledgers and keys.

use domain::account::{LedgerCursor, SpenderOrder};
use domain::id::AccountId;
use domain::key::{KeyCursor, KeyFilter};
use serde::{Deserialize, Serialize};

use crate::console::core::route::Screen;

/// A question about accounts, ledgers and keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum MoneyQuery {
    /// Accounts in an order.
    Accounts(AccountOrder),
    /// The account of this name.
    Account(Place, String),
    /// What it moved in the last 24 hours.
    Hours(Place, AccountId),
    /// Its newest movements, at most this many.
    Ledger(Place, AccountId, i64),
    /// Older movements.
    OlderLedger(AccountId, LedgerCursor),
    /// Whether its failed jobs were refunded.
    Refunds(AccountId),
    /// The newest keys that pass a filter.
    Keys(KeyFilter),
    /// Older keys.
    OlderKeys(KeyFilter, KeyCursor),
}

/// Where an account is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Place {
    /// Beside the list of accounts.
    Pane,
    /// On its own screen.
    Screen,
}

/// The order of accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AccountOrder {
    /// Those that spend or are refused.
    By(SpenderOrder),
    /// All, by name.
    Name {
        /// How the names begin.
        prefix: String,
        /// The name after which the rows begin.
        after: Option<String>,
    },
}

/// Where the answer is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MoneyPanel {
    /// The list of accounts.
    Accounts,
    /// An account.
    Account(Place),
    /// Its last 24 hours.
    Hours(Place),
    /// Its ledger.
    Ledger(Place),
    /// The end of its ledger.
    OlderLedger,
    /// The checks.
    Refunds,
    /// The list of keys.
    Keys,
    /// The end of the list of keys.
    OlderKeys,
}

impl MoneyQuery {
    pub(super) fn panel(&self) -> MoneyPanel {
        match self {
            Self::Accounts(_) => MoneyPanel::Accounts,
            Self::Account(place, _) => MoneyPanel::Account(*place),
            Self::Hours(place, _) => MoneyPanel::Hours(*place),
            Self::Ledger(place, ..) => MoneyPanel::Ledger(*place),
            Self::OlderLedger(..) => MoneyPanel::OlderLedger,
            Self::Refunds(_) => MoneyPanel::Refunds,
            Self::Keys(_) => MoneyPanel::Keys,
            Self::OlderKeys(..) => MoneyPanel::OlderKeys,
        }
    }
}

impl MoneyPanel {
    pub(super) fn screen(self) -> Screen {
        match self {
            Self::Accounts | Self::Account(Place::Pane) | Self::Hours(Place::Pane) | Self::Ledger(Place::Pane) => {
                Screen::Accounts
            }
            Self::Account(Place::Screen)
            | Self::Hours(Place::Screen)
            | Self::Ledger(Place::Screen)
            | Self::OlderLedger
            | Self::Refunds => Screen::Account,
            Self::Keys | Self::OlderKeys => Screen::Keys,
        }
    }
}
