//! The errors of the commands.

use std::io;

use domain::DbError;

use crate::target::TargetError;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    /// There is no database to use.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The account was not created.
    #[error(transparent)]
    CreateAccount(#[from] domain::account::CreateError),
    /// Nothing was granted.
    #[error(transparent)]
    Grant(#[from] domain::account::GrantError),
    /// Check the name.
    #[error("there is no account named {0:?}")]
    NoSuchAccount(String),
    /// The limits were not changed.
    #[error(transparent)]
    Limit(#[from] domain::account::LimitError),
    /// The retention was not changed.
    #[error(transparent)]
    Retention(#[from] domain::retention::RetentionError),
    /// No key was created.
    #[error(transparent)]
    CreateKey(#[from] domain::key::CreateKeyError),
    /// No key was created.
    #[error(transparent)]
    RotateKey(#[from] domain::key::RotateKeyError),
    /// The key keeps its name.
    #[error(transparent)]
    RenameKey(#[from] domain::key::RenameKeyError),
    /// Check the id.
    #[error("there is no key with the id {0:?}")]
    NoSuchKey(String),
    /// Check the id.
    #[error("there is no job {0}")]
    NoSuchJob(domain::id::JobId),
    /// Try again.
    #[error("the database failed: {0}")]
    Db(String),
    /// The schema was not migrated.
    #[error("the schema could not be migrated")]
    Migrate(#[from] domain::db::MigrateError),
    /// Nothing was printed.
    #[error("the output could not be written")]
    Output(#[from] io::Error),
}

impl From<DbError> for CommandError {
    fn from(error: DbError) -> Self {
        Self::Db(domain::db::describe(&error))
    }
}
