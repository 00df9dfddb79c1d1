//! The link to the database: connecting, and errors in one line.

use domain::{Db, DbError, db};

use crate::actor;
use crate::output::format::sanitize;
use crate::target::{Target, TargetError};

/// Connects on first use. Looks up the URL each time: a restarted `tintype up` may have
/// another one.
pub(super) fn connect(target: &Target) -> Result<Db, String> {
    let url = target.database_url().map_err(|error| match error {
        TargetError::NotRunning(_) => "`tintype up` is not running".to_owned(),
        other @ (TargetError::Unreadable(..) | TargetError::Unreachable(_) | TargetError::Schema(_)) => {
            sanitize(&other.to_string())
        }
    })?;
    db::connect_to_read(actor::named(&url).expose()).map_err(|error| sanitize(&error.to_string()))
}

/// Describes an error of the database in one line.
pub(super) fn describe(error: &DbError) -> String {
    sanitize(&db::describe(error))
}
