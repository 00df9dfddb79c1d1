//! The demo account: some credits for a first try, and a key that stays the same.

use std::fs;

use domain::account::{self, CreateError};
use domain::event::Actor;
use domain::key::{self, CreateKeyError, NewKey, VerifyError};
use domain::{Db, DbError};
use secrecy::{ExposeSecret, SecretString};

use crate::actor;
use crate::data_dir::{DataDir, DataDirError};

/// The account's name.
const NAME: &str = "demo";
/// The account's initial credits.
const CREDITS: i64 = 1_000;
/// The reason that is recorded with the account and its key.
const REASON: &str = "tintype up";

/// Why there is no demo key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DemoError {
    /// The account could not be created.
    #[error("the demo account could not be created")]
    Account(#[from] CreateError),
    /// The key could not be created.
    #[error("the demo key could not be created")]
    Key(#[from] CreateKeyError),
    /// The database did not respond.
    #[error("the demo key could not be verified")]
    Db(#[source] DbError),
    /// The key could not be stored.
    #[error(transparent)]
    DataDir(#[from] DataDirError),
}

/// Returns the demo account's key: the one stored in the file if it is valid, or a new one.
/// Creates the account if it does not exist.
pub(crate) async fn key(db: &Db, data_dir: &DataDir, file: &str) -> Result<SecretString, DemoError> {
    let actor = Actor { reason: Some(REASON.to_owned()), ..actor::current() };
    match account::create(db, &actor, NAME, CREDITS).await {
        Ok(_) | Err(CreateError::NameTaken(_)) => (),
        Err(error) => return Err(error.into()),
    }
    if let Ok(stored) = fs::read_to_string(data_dir.join(file)) {
        let stored = SecretString::from(stored.trim());
        match key::verify(db, stored.expose_secret()).await {
            Ok(_) => return Ok(stored),
            Err(VerifyError::Invalid) => (),
            Err(VerifyError::Db(error)) => return Err(DemoError::Db(error)),
        }
    }
    let created = key::create(db, &actor, &NewKey::new(NAME)).await?;
    data_dir.write(file, created.key.expose_secret())?;
    Ok(created.key)
}
