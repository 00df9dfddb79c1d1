//! The errors of the private Postgres.

use std::io;
use std::path::PathBuf;

use super::access::AccessError;
use super::install::InstallError;
use super::stale::StaleError;
use crate::up::child::CrashLoop;
use crate::up::program::ProgramError;

/// Why Postgres does not run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PostgresError {
    /// Install the programs, or name a database.
    #[error(transparent)]
    Install(#[from] InstallError),
    /// Change the permissions of a directory, or choose another.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// Create or choose a user.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// See the message of `initdb`.
    #[error("initdb could not create the database:\n{0}")]
    Initdb(String),
    /// See its log.
    #[error(transparent)]
    CrashLoop(#[from] CrashLoop),
    /// Kill the process by hand.
    #[error(transparent)]
    Stale(#[from] StaleError),
    /// See the operating system's own message.
    #[error("Postgres cannot be set up in {0}")]
    Io(PathBuf, #[source] io::Error),
}
