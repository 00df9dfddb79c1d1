//! Accounts: they own credits, keys and jobs.

mod adjust;
mod balance;
mod create;
mod details;
mod grant;
mod hours;
mod ledger;
mod limit;
mod name;
mod page;
mod rate;
mod spenders;
mod state;
mod summary;
mod suspend;
mod unrefunded;

pub use adjust::{AdjustError, adjust};
pub use balance::{Balance, balance};
pub use create::{CreateError, create};
pub use details::{AccountDetails, MAX_KEYS, details};
pub use grant::{GrantError, grant};
pub use hours::{Hour, hours};
pub use ledger::{LedgerCursor, LedgerEntry, LedgerKind, LedgerPage, MAX_ENTRIES, ledger};
pub use limit::{LimitError, Limits, limit};
pub use name::name;
pub use page::{MAX_ACCOUNTS, page};
pub use rate::{Rate, RateOf};
pub use spenders::{MAX_SPENDERS, SpenderOrder, spenders};
pub use state::AccountState;
pub use summary::{AccountPage, AccountSummary};
pub use suspend::{Suspension, resume, suspend};
pub use unrefunded::{MAX_CHECKED, RefundCheck, unrefunded};
