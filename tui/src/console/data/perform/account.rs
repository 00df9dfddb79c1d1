//! Changing accounts.

use domain::Db;
use domain::account::{self, AdjustError, CreateError, GrantError, LimitError, Limits};
use domain::event::Actor;

use crate::console::core::write::{AccountWrite, Report};
use crate::console::data::link::describe;
use crate::output::format::{quantity, sanitize};

/// Makes a change. Returns why nothing was changed in one line.
pub(super) async fn perform(db: &Db, actor: &Actor, write: &AccountWrite) -> Result<Report, String> {
    let report = match write {
        AccountWrite::Grant { account, credits, .. } => {
            let balance = account::grant(db, actor, account, *credits).await.map_err(|error| match error {
                GrantError::Db(error) => describe(&error),
                error => error.to_string(),
            })?;
            balance_of(account, balance)
        }
        AccountWrite::Adjust { account, credits, .. } => {
            let balance = account::adjust(db, actor, account, *credits).await.map_err(|error| match error {
                AdjustError::Db(error) => describe(&error),
                error => error.to_string(),
            })?;
            balance_of(account, balance)
        }
        AccountWrite::Create { name, credits, .. } => {
            account::create(db, actor, name, *credits).await.map_err(|error| match error {
                CreateError::Db(error) => describe(&error),
                error => error.to_string(),
            })?;
            format!("created account {name} with {}", quantity(*credits, "credit"))
        }
        AccountWrite::Limit { account, weight, rate, .. } => {
            let limits = Limits { weight: Some(*weight), rate: Some(*rate) };
            account::limit(db, actor, account, limits).await.map_err(|error| match error {
                LimitError::Db(error) => describe(&error),
                error => error.to_string(),
            })?;
            format!("changed the limits of account {account}")
        }
    };
    Ok(Report::new(sanitize(&report)))
}

fn balance_of(account: &str, balance: i64) -> String {
    format!("account {account} now has {}", quantity(balance, "credit"))
}
