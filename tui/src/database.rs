//! Which database is meant: the one that was named, or that of the running `tintype up`.

use std::io;
use std::path::PathBuf;

use domain::{Db, DbError, schema};

use crate::cli::Common;
use crate::folder::{self, FolderError};

/// Where to learn the database's address.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    /// It was named.
    Named(String),
    /// The `tintype up` of this data folder tells, while it runs.
    Running(PathBuf),
}

/// Why there is no database to use.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DatabaseError {
    /// Start one, or name one.
    #[error(
        "no `tintype up` is running on {0}: start one, name its folder with --data, or set DATABASE_URL (or --database-url)"
    )]
    Unknown(PathBuf),
    /// Run as the user who runs `tintype up`.
    #[error("{0} cannot be read")]
    Unreadable(PathBuf, #[source] io::Error),
    /// Look whether it runs.
    #[error("the database cannot be reached")]
    Away(#[source] DbError),
    /// Look whether it runs.
    #[error("the database cannot be reached: no connection within 5 s")]
    NoConnection,
}

impl Source {
    /// What the command line says.
    pub(crate) fn of(common: &Common) -> Result<Self, FolderError> {
        match common.database_url() {
            Some(url) => Ok(Self::Named(url.to_owned())),
            None => folder::locate(common.data.as_deref()).map(Self::Running),
        }
    }

    /// The address, as of now.
    pub(crate) fn url(&self) -> Result<String, DatabaseError> {
        let folder = match self {
            Self::Named(url) => return Ok(url.clone()),
            Self::Running(folder) => folder,
        };
        let file = folder.join(folder::DATABASE_URL);
        match std::fs::read_to_string(&file) {
            Ok(url) => Ok(url.trim().to_owned()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(DatabaseError::Unknown(folder.clone())),
            Err(error) => Err(DatabaseError::Unreadable(file, error)),
        }
    }

    /// Connects, for one command.
    pub(crate) async fn connect(&self) -> Result<Db, DatabaseError> {
        schema::connect(&self.url()?, 1).await.map_err(|error| {
            let silent = matches!(error, DbError::PoolTimedOut);
            if silent { DatabaseError::NoConnection } else { DatabaseError::Away(error) }
        })
    }
}
