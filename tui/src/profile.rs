//! Profiles: the environments of an operator, in `config.toml`, and the choice of one on the command line.

mod config;
mod error;

use std::time::Duration;

use domain::db::DatabaseUrl;

use crate::console::{Environment, Recording, Source, ThemeName};
use crate::target::Target;
use config::{Config, Entry};
pub(crate) use error::ProfileError;

/// An environment, and how to reach it.
#[derive(Debug, Clone)]
pub(crate) struct Profile {
    /// What the console says of it.
    pub(crate) environment: Environment,
    /// Where to read.
    pub(crate) target: Target,
    /// Where to change something.
    pub(crate) write_target: Target,
    /// The theme.
    pub(crate) theme: Option<ThemeName>,
    /// How often the counters are read, at most.
    pub(crate) refresh: Option<Duration>,
    /// The environment that is shown instead of a database.
    pub(crate) recording: Option<Recording>,
}

impl Profile {
    /// The environment of this name, from the operator's file.
    pub(crate) fn named(name: &str) -> Result<Self, ProfileError> {
        let config = Config::read()?;
        let entry = config.environments.get(name).ok_or_else(|| ProfileError::Unknown {
            name: name.to_owned(),
            path: config.path.clone(),
            known: config.names().collect(),
        })?;
        resolve(name, entry, &config)
    }

    /// What the options and the environment of the process name. It has no name.
    pub(crate) fn unnamed(target: Target) -> Self {
        // A file that cannot be read matters when an environment is chosen.
        let others = Config::read().map(|config| config.names().collect()).unwrap_or_default();
        let environment = Environment { confirm_word: "WRITE".to_owned(), others, ..Environment::default() };
        Self { environment, write_target: target.clone(), target, theme: None, refresh: None, recording: None }
    }

    /// A recording. Nothing can be changed.
    pub(crate) fn of(self, recording: Recording) -> Self {
        let environment = Environment { is_read_only: true, ..self.environment };
        Self { environment, recording: Some(recording), ..self }
    }

    /// Where the console reads.
    pub(crate) fn source(&self) -> Source {
        match &self.recording {
            Some(recording) => Source::Recording(recording.clone()),
            None => Source::Database(self.target.clone()),
        }
    }
}

fn resolve(name: &str, entry: &Entry, config: &Config) -> Result<Profile, ProfileError> {
    let field = |field: &'static str| error::Field { path: config.path.clone(), environment: name.to_owned(), field };
    let variable = |variable: &str, name: &'static str| match std::env::var(variable) {
        Ok(url) if !url.is_empty() => Ok(url),
        Ok(_) | Err(_) => Err(ProfileError::Unset(field(name), variable.to_owned())),
    };
    let url = match (&entry.database_url, &entry.database_url_env, &entry.data) {
        (Some(url), None, None) if has_password(url) => return Err(ProfileError::Password(field("database_url"))),
        (Some(url), None, None) => Some(url.clone()),
        (None, Some(name), None) => Some(variable(name, "database_url_env")?),
        (None, None, Some(_)) => None,
        _ => return Err(ProfileError::Database(field("database_url"))),
    };
    let target = |url: String| {
        let url = if entry.read_only { read_only(&url) } else { url };
        let Ok(url) = url.parse::<DatabaseUrl>();
        Target::Url(url)
    };
    let primary = match url {
        Some(url) => target(url),
        None => Target::new(None, entry.data.as_deref())?,
    };
    let optional = |name: Option<&String>, field| name.map(|name| variable(name, field).map(target)).transpose();
    let replica = optional(entry.replica_url_env.as_ref(), "replica_url_env")?;
    let write = optional(entry.write_url_env.as_ref(), "write_url_env")?;
    let environment = Environment {
        name: name.to_owned(),
        is_protected: entry.protected,
        is_read_only: entry.read_only,
        confirm_word: entry.confirm_word.clone().unwrap_or_else(|| name.to_uppercase()),
        others: config.names().filter(|other| other != name).collect(),
    };
    Ok(Profile {
        environment,
        target: replica.unwrap_or_else(|| primary.clone()),
        write_target: write.unwrap_or(primary),
        theme: entry.theme,
        refresh: entry.refresh.map(Duration::from_secs),
        recording: None,
    })
}

/// Whether a URL contains a password. One that cannot be parsed is refused when it is used.
fn has_password(url: &str) -> bool {
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest);
    let user = authority.rsplit_once('@').map(|(user, _)| user);
    user.is_some_and(|user| user.contains(':')) || url.contains("password=")
}

/// Sessions of this URL change nothing: the server refuses it, for every command.
fn read_only(url: &str) -> String {
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{}{separator}options=-c%20default_transaction_read_only%3Don", url.trim_end())
}

#[cfg(test)]
mod tests;
