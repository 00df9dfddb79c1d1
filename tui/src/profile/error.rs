//! The errors of profiles. None of them contains a URL.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::data_dir::DataDirError;

/// Why an environment cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProfileError {
    /// Name another one.
    #[error("there is no environment {name:?} in {}: {}", path.display(), known_names(known))]
    Unknown {
        /// The name.
        name: String,
        /// The file.
        path: PathBuf,
        /// The names that exist.
        known: Vec<String>,
    },
    /// Check its permissions.
    #[error("{0} cannot be read")]
    Unreadable(PathBuf, #[source] io::Error),
    /// Correct it.
    #[error("{0}, line {1}: {2}")]
    Invalid(PathBuf, usize, String),
    /// Keep it elsewhere.
    #[error(
        "{0} contains a password: put the URL in a variable and name it with database_url_env, or the password in ~/.pgpass"
    )]
    Password(Field),
    /// Name one.
    #[error("{0}: set exactly one of database_url_env, database_url and data")]
    Database(Field),
    /// Set it.
    #[error("{0} names the variable {1}, which is not set")]
    Unset(Field, String),
    /// Choose another directory.
    #[error(transparent)]
    DataDir(#[from] DataDirError),
}

/// A field of the file.
#[derive(Debug)]
pub(crate) struct Field {
    pub(super) path: PathBuf,
    pub(super) environment: String,
    pub(super) field: &'static str,
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: environments.{}.{}", self.path.display(), self.environment, self.field)
    }
}

fn known_names(known: &[String]) -> String {
    if known.is_empty() { "it names none".to_owned() } else { format!("it has {}", known.join(", ")) }
}
