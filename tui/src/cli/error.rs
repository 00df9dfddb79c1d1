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
    /// Nothing was adjusted.
    #[error(transparent)]
    Adjust(#[from] domain::account::AdjustError),
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
    /// The key keeps its limits.
    #[error(transparent)]
    LimitKey(#[from] domain::key::LimitKeyError),
    /// Check the id.
    #[error("there is no key with the id {0:?}")]
    NoSuchKey(String),
    /// Check the id.
    #[error("there is no job {0}")]
    NoSuchJob(domain::id::JobId),
    /// Check the name.
    #[error("there is no worker with the name or id {0:?}")]
    NoSuchWorker(String),
    /// Name one of them by its id.
    #[error("several workers are named {0:?}: use one of their ids: {1}")]
    SeveralWorkers(String, String),
    /// Drain it first.
    #[error("worker {0:?} is alive and not drained, so it would claim the jobs again: drain it first")]
    WorkerWorks(String),
    /// Correct the filter.
    #[error("invalid filter: {0}")]
    Filter(String),
    /// Look at the jobs again.
    #[error("nothing was changed: {0}")]
    Expect(#[from] domain::job::browse::ExpectError),
    /// Nothing was changed.
    #[error("nothing was changed: {0}")]
    Unchanged(String),
    /// There is no result.
    #[error(transparent)]
    Result(#[from] crate::result_file::ResultFileError),
    /// Check the ids.
    #[error("nothing was changed")]
    NothingChanged,
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
