//! Performing: which statement of `domain` makes a change.

mod account;
mod fleet;
mod job;
mod key;

use domain::account as accounts;
use domain::account::Suspension;
use domain::event::Actor;
use domain::{Db, DbError};

use super::expiry::change_results;
use super::link::describe;
use crate::console::core::write::{Report, Write};

/// Makes a change. The number names the confirmation, so that it has an effect once, whatever became of the
/// connection. Returns why nothing was changed in one line.
pub(super) async fn perform(db: &Db, actor: &Actor, id: u64, write: &Write) -> Result<Report, String> {
    let actor = Actor { name: actor.name.clone(), reason: Some(write.reason().to_owned()).filter(|r| !r.is_empty()) };
    match write {
        Write::Hold { account, suspend: true, .. } => held(accounts::suspend(db, &actor, account).await, write),
        Write::Hold { account, suspend: false, .. } => held(accounts::resume(db, &actor, account).await, write),
        Write::Fleet(write) => fleet::perform(db, &actor, write).await,
        Write::Account(write) => account::perform(db, &actor, write).await,
        Write::Key(write) => key::perform(db, &actor, write).await,
        Write::Job(write) => job::perform(db, &actor, id, write).await,
        Write::Expiry(write) => change_results(db, &actor, write).await,
    }
}

fn held(result: Result<Suspension, DbError>, write: &Write) -> Result<Report, String> {
    match result.map_err(|error| describe(&error))? {
        Suspension::Changed => Ok(Report::new(format!("done: {}", write.title()))),
        Suspension::Unchanged => Err("the account was in that state already".to_owned()),
        Suspension::NoSuchAccount => Err("there is no such account".to_owned()),
    }
}
