//! Changing keys.

use domain::Db;
use domain::event::Actor;
use domain::key::{self, CreateKeyError, KeyLimits, LimitKeyError, NewKey, RenameKeyError, Revocation};

use crate::console::core::write::{KeyWrite, Report};
use crate::console::data::link::describe;
use crate::output::format::sanitize;

/// Makes a change. Returns why nothing was changed in one line.
pub(super) async fn perform(db: &Db, actor: &Actor, write: &KeyWrite) -> Result<Report, String> {
    let report = match write {
        KeyWrite::Create { account, name, scopes, expiry, .. } => {
            let (account, name, scopes) = (account.clone(), name.clone(), scopes.clone());
            let new = NewKey { account, name, scopes, expiry: *expiry };
            let created = key::create(db, actor, &new).await.map_err(|error| match error {
                CreateKeyError::Db(error) => describe(&error),
                error => error.to_string(),
            })?;
            let summary = format!("created key {} of account {}", created.id, sanitize(&new.account));
            return Ok(Report { summary, secret: Some(created.key.into()) });
        }
        KeyWrite::Revoke { id, .. } => match key::revoke(db, actor, id).await.map_err(|error| describe(&error))? {
            Revocation::Revoked => format!("revoked key {id}"),
            Revocation::AlreadyRevoked => return Err("the key was revoked already".to_owned()),
            Revocation::NoSuchKey => return Err("there is no such key".to_owned()),
        },
        KeyWrite::Rename { id, name, .. } => {
            key::rename(db, actor, id, name).await.map_err(|error| match error {
                RenameKeyError::Db(error) => describe(&error),
                error => error.to_string(),
            })?;
            format!("key {id} is now named {name}")
        }
        KeyWrite::Limit { id, scopes, expiry, rate, .. } => {
            let limits = KeyLimits { scopes: Some(scopes.clone()), expiry: *expiry, rate: Some(*rate) };
            key::limit(db, actor, id, &limits).await.map_err(|error| match error {
                LimitKeyError::Db(error) => describe(&error),
                error => error.to_string(),
            })?;
            format!("changed the limits of key {id}")
        }
    };
    Ok(Report::new(sanitize(&report)))
}
