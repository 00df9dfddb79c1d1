//! The demo account: credits to try things out with, and a key that stays the same.

use std::fs;

use domain::account::{self, CreateError};
use domain::key::{self, CreateKeyError, VerifyError};
use domain::{Db, DbError};

use crate::folder::{Folder, FolderError};

/// The account's name.
const NAME: &str = "demo";
/// What it starts with.
const CREDITS: i64 = 1_000;

/// Why there is no demo key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DemoError {
    /// The account could not be created.
    #[error("the demo account could not be created")]
    Account(#[from] CreateError),
    /// The key could not be created.
    #[error("the demo key could not be created")]
    Key(#[from] CreateKeyError),
    /// The database did not answer.
    #[error("the demo key could not be verified")]
    Db(#[source] DbError),
    /// The key could not be kept.
    #[error(transparent)]
    Folder(#[from] FolderError),
}

/// Answers the demo account's key: the one that was kept in a file of that name, while it
/// is valid, else a new one.
pub(crate) async fn key(db: &Db, folder: &Folder, file: &str) -> Result<String, DemoError> {
    match account::create(db, NAME, CREDITS).await {
        Ok(_) | Err(CreateError::NameTaken(_)) => (),
        Err(error) => return Err(error.into()),
    }
    if let Ok(kept) = fs::read_to_string(folder.join(file)) {
        match key::verify(db, kept.trim()).await {
            Ok(_) => return Ok(kept.trim().to_owned()),
            Err(VerifyError::Invalid) => (),
            Err(VerifyError::Db(error)) => return Err(DemoError::Db(error)),
        }
    }
    let made = key::create(db, NAME).await?;
    folder.keep(file, &made.key)?;
    Ok(made.key)
}
