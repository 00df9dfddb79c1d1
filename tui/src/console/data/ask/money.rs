//! Asking about accounts, ledgers and keys.

use domain::{Db, DbError, account, key};

use crate::console::core::data::MoneyData;
use crate::console::core::query::{AccountOrder, MoneyQuery};

/// How many accounts are read at once: what the largest screen shows, and what is around it.
const ACCOUNTS: i64 = 75;

/// How many movements are read at once by scrolling.
const OLDER: i64 = 40;

/// How many keys are read at once.
const KEYS: i64 = 40;

/// Asks the database.
pub(super) async fn ask(db: &Db, query: &MoneyQuery) -> Result<MoneyData, DbError> {
    Ok(match query {
        MoneyQuery::Accounts(AccountOrder::By(order)) => MoneyData::Accounts(account::spenders(db, *order).await?),
        MoneyQuery::Accounts(AccountOrder::Name { prefix, after }) => {
            MoneyData::Accounts(account::page(db, prefix, after.as_deref(), ACCOUNTS).await?)
        }
        MoneyQuery::Account(_, name) => MoneyData::Account(account::details(db, name).await?.map(Box::new)),
        MoneyQuery::Hours(_, account) => MoneyData::Hours(account::hours(db, *account).await?),
        MoneyQuery::Ledger(_, account, limit) => MoneyData::Ledger(account::ledger(db, *account, None, *limit).await?),
        MoneyQuery::OlderLedger(account, after) => {
            MoneyData::OlderLedger(account::ledger(db, *account, Some(*after), OLDER).await?)
        }
        MoneyQuery::Refunds(account) => MoneyData::Refunds(account::unrefunded(db, *account).await?),
        MoneyQuery::Keys(filter) => MoneyData::Keys(key::page(db, filter, None, KEYS).await?),
        MoneyQuery::OlderKeys(filter, after) => MoneyData::OlderKeys(key::page(db, filter, Some(after), KEYS).await?),
    })
}
