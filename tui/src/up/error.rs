//! The errors of `tintype up`.

use std::io;

use domain::secret::InvalidKeyring;

use super::child::ChildError;
use super::demo::DemoError;
use super::listen::ListenError;
use super::postgres::PostgresError;
use super::program::ProgramError;
use super::ready::NotReady;
use crate::data_dir::DataDirError;

/// Why the service did not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UpError {
    /// Choose another data directory, or stop the process that uses it.
    #[error(transparent)]
    DataDir(#[from] DataDirError),
    /// Choose another address.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// Build or install the missing program.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// See Postgres's own message.
    #[error(transparent)]
    Postgres(#[from] PostgresError),
    /// Check `DATABASE_URL`.
    #[error("the database cannot be reached: {0}")]
    DatabaseUnreachable(String),
    /// See the database's own message.
    #[error("the schema could not be migrated")]
    Migrate(#[from] domain::db::MigrateError),
    /// See the cause.
    #[error(transparent)]
    Demo(#[from] DemoError),
    /// Correct the secret key.
    #[error(transparent)]
    SecretKey(#[from] InvalidKeyring),
    /// See the child's log.
    #[error(transparent)]
    Child(#[from] ChildError),
    /// See the logs.
    #[error(transparent)]
    NotReady(#[from] NotReady),
    /// See the operating system's own message.
    #[error("a system call failed")]
    Io(#[from] io::Error),
}
