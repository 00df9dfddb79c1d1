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
    /// Run `tintype migrate`.
    #[error("the database has no schema, or that of an older version; run `tintype migrate`")]
    OldSchema,
    /// Try again.
    #[error("the database did not respond")]
    Db(#[source] DbError),
    /// The schema was not migrated.
    #[error("the schema could not be migrated")]
    Migrate(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Nothing was printed.
    #[error("the output could not be written")]
    Output(#[from] io::Error),
}

/// The SQLSTATEs of an undefined table, column and function.
const UNDEFINED_OBJECT: [&str; 3] = ["42P01", "42703", "42883"];

impl From<DbError> for CommandError {
    fn from(error: DbError) -> Self {
        let code = domain::db::sqlstate(&error);
        let is_undefined = code.is_some_and(|code| UNDEFINED_OBJECT.contains(&code.as_ref()));
        if is_undefined { Self::OldSchema } else { Self::Db(error) }
    }
}
