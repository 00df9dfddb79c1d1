//! The commands: one verb of `domain` each, its answer printed for people or programs.

pub(crate) mod account;
pub(crate) mod audit;
pub(crate) mod events;
pub(crate) mod job;
pub(crate) mod key;
pub(crate) mod migrate;
pub(crate) mod overview;
pub(crate) mod retention;

use std::io;

use domain::DbError;

use crate::database::DatabaseError;

/// Why a command has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    /// There is no database to ask.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The account was not created.
    #[error(transparent)]
    Create(#[from] domain::account::CreateError),
    /// Nothing was granted.
    #[error(transparent)]
    Grant(#[from] domain::account::GrantError),
    /// Look the name up again.
    #[error("there is no account named {0:?}")]
    NoSuchAccount(String),
    /// Nothing was limited.
    #[error(transparent)]
    Limit(#[from] domain::account::LimitError),
    /// Results are kept as long as before.
    #[error(transparent)]
    Retention(#[from] domain::retention::RetentionError),
    /// No key was made.
    #[error(transparent)]
    CreateKey(#[from] domain::key::CreateKeyError),
    /// Look the id up again.
    #[error("there is no key with the id {0:?}")]
    NoSuchKey(String),
    /// Look the id up again.
    #[error("there is no job {0}")]
    NoSuchJob(domain::id::JobId),
    /// The schema is older than this binary. Run `tintype migrate`.
    #[error("the database has no schema, or an old one; `tintype migrate` brings it up to date")]
    Schema,
    /// The database did not answer. Try again.
    #[error("the database did not answer")]
    Db(#[source] DbError),
    /// The schema could not be brought up to date.
    #[error("the schema could not be brought up to date")]
    Migrate(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The answer could not be printed.
    #[error("the answer could not be printed")]
    Print(#[from] io::Error),
}

/// SQLSTATEs of a table, column or function that is not there.
const NOT_THERE: [&str; 3] = ["42P01", "42703", "42883"];

impl From<DbError> for CommandError {
    fn from(error: DbError) -> Self {
        let missing = |code: &str| NOT_THERE.contains(&code);
        if error.as_database_error().is_some_and(|said| said.code().is_some_and(|code| missing(&code))) {
            Self::Schema
        } else {
            Self::Db(error)
        }
    }
}
