//! The file `config.toml`.
//!
//! ```toml
//! [environments.prod]
//! database_url_env = "PROD_DATABASE_URL"
//! protected = true
//! ```

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::error::ProfileError;
use crate::console::ThemeName;

/// The longest interval between two readings, in seconds.
const MAX_REFRESH: u64 = 3_600;

/// The file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    /// Where it is.
    #[serde(skip)]
    pub(super) path: PathBuf,
    /// The environments, by name.
    #[serde(default)]
    pub(super) environments: BTreeMap<String, Entry>,
}

/// An environment.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    /// The database, without a password.
    pub(super) database_url: Option<String>,
    /// The variable with the URL of the database.
    pub(super) database_url_env: Option<String>,
    /// Or the data directory of `tintype up`.
    pub(super) data: Option<PathBuf>,
    /// The variable with the URL of a standby to read from.
    pub(super) replica_url_env: Option<String>,
    /// The variable with the URL to change something with, such as that of another role.
    pub(super) write_url_env: Option<String>,
    /// Whether mistakes are expensive there.
    #[serde(default)]
    pub(super) protected: bool,
    /// The word that unlocks changes.
    pub(super) confirm_word: Option<String>,
    /// Whether nothing can be changed.
    #[serde(default = "yes")]
    pub(super) read_only: bool,
    /// How many seconds are between two readings, at least.
    pub(super) refresh: Option<u64>,
    /// The theme of the console.
    pub(super) theme: Option<ThemeName>,
}

fn yes() -> bool {
    true
}

impl Config {
    /// Reads the operator's file. One that does not exist has no environments.
    pub(super) fn read() -> Result<Self, ProfileError> {
        let variable = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let home = || variable("HOME").map(|home| home.join(".config"));
        let Some(directory) = variable("XDG_CONFIG_HOME").or_else(home) else { return Ok(Self::default()) };
        let path = directory.join("tintype").join("config.toml");
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text, &path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self { path, ..Self::default() }),
            Err(error) => Err(ProfileError::Unreadable(path, error)),
        }
    }

    /// Parses the file.
    pub(super) fn parse(text: &str, path: &Path) -> Result<Self, ProfileError> {
        let config: Self = toml::from_str(text).map_err(|error| {
            let line =
                error.span().map_or(1, |span| 1 + text.get(..span.start).unwrap_or_default().matches('\n').count());
            ProfileError::Invalid(path.to_owned(), line, error.message().to_owned())
        })?;
        let is_bad = |entry: &Entry| entry.refresh.is_some_and(|refresh| !(1..=MAX_REFRESH).contains(&refresh));
        if let Some((name, _)) = config.environments.iter().find(|(_, entry)| is_bad(entry)) {
            let message = format!("environments.{name}.refresh must be from 1 to {MAX_REFRESH} seconds");
            return Err(ProfileError::Invalid(path.to_owned(), 1, message));
        }
        Ok(Self { path: path.to_owned(), ..config })
    }

    /// The names of the environments.
    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        self.environments.keys().cloned()
    }
}
