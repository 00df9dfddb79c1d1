//! The target database: the one that the command line names, or that of a running `tintype up`.

use std::io;
use std::path::{Path, PathBuf};

use domain::Db;
use domain::db::{self, DatabaseUrl, SchemaState};

use crate::actor;
use crate::data_dir::{self, DataDirError};

/// Where to find the URL of the database.
#[derive(Debug, Clone)]
pub(crate) enum Target {
    /// This URL.
    Url(DatabaseUrl),
    /// The URL that a running `tintype up` has written to this data directory.
    DataDir(PathBuf),
}

/// Why there is no database to use.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TargetError {
    /// Start `tintype up`, or name a database.
    #[error(
        "no `tintype up` is running with the data directory {0}: start one, choose its directory with --data, or set DATABASE_URL (or --database-url)"
    )]
    NotRunning(PathBuf),
    /// Run as the user who runs `tintype up`.
    #[error("{0} cannot be read")]
    Unreadable(PathBuf, #[source] io::Error),
    /// Check whether the database runs, and its URL.
    #[error("the database cannot be reached: {0}")]
    Unreachable(String),
    /// Migrate the schema, or use another version of this program.
    #[error(transparent)]
    Schema(SchemaState),
}

impl Target {
    /// Prefers the URL to the data directory, and uses the default directory if neither is given.
    pub(crate) fn new(url: Option<&DatabaseUrl>, data_dir: Option<&Path>) -> Result<Self, DataDirError> {
        match url {
            Some(url) => Ok(Self::Url(url.clone())),
            None => data_dir::locate(data_dir).map(Self::DataDir),
        }
    }

    /// Returns the current URL. A restarted `tintype up` may have another one.
    pub(crate) fn database_url(&self) -> Result<DatabaseUrl, TargetError> {
        let data_dir = match self {
            Self::Url(url) => return Ok(url.clone()),
            Self::DataDir(path) => path,
        };
        let file = data_dir.join(data_dir::DATABASE_URL_FILE);
        match std::fs::read_to_string(&file) {
            Ok(url) => {
                let Ok(url) = url.trim().parse();
                Ok(url)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(TargetError::NotRunning(data_dir.clone())),
            Err(error) => Err(TargetError::Unreadable(file, error)),
        }
    }

    /// Opens a connection for one command, to a database whose schema it can work on.
    pub(crate) async fn connect(&self) -> Result<Db, TargetError> {
        let db = self.connect_to_any_schema().await?;
        match db::schema_state(&db).await {
            Ok(state) if !state.is_usable() => Err(TargetError::Schema(state)),
            // A role that may not read which schema it is finds out later.
            Ok(_) | Err(_) => Ok(db),
        }
    }

    /// Opens a connection for one command.
    pub(crate) async fn connect_to_any_schema(&self) -> Result<Db, TargetError> {
        let url = actor::named(&self.database_url()?);
        db::connect(url.expose(), 1).await.map_err(|error| TargetError::Unreachable(db::describe(&error)))
    }
}
