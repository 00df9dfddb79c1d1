//! The link to the database: connecting, and errors in one line.

use std::io;

use domain::{Db, DbError, db};

use crate::output::format::sanitize;
use crate::target::{Target, TargetError};

/// Connects on first use. Looks up the URL each time: a restarted `tintype up` may have
/// another one.
pub(super) fn connect(target: &Target) -> Result<Db, String> {
    let url = target.database_url().map_err(|error| match error {
        TargetError::NotRunning(_) => "`tintype up` is not running".to_owned(),
        other @ (TargetError::Unreadable(..) | TargetError::Unreachable(_) | TargetError::ConnectTimeout) => {
            sanitize(&other.to_string())
        }
    })?;
    db::connect_lazily(url.expose(), 1).map_err(|error| describe(&error))
}

/// Describes an error of the database in one line.
pub(super) fn describe(error: &DbError) -> String {
    let text = if let DbError::Io(error) = error {
        let no_socket = error.kind() == io::ErrorKind::NotFound;
        if no_socket { "its socket does not exist".to_owned() } else { error.to_string() }
    } else if let DbError::PoolTimedOut = error {
        "no connection within 5s".to_owned()
    } else {
        error.as_database_error().map_or_else(|| error.to_string(), |error| error.message().to_owned())
    };
    sanitize(text.split(" (os error").next().unwrap_or_default())
}
