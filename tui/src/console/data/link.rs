//! The link to the database: connecting, and errors in one line.

use std::time::Duration;

use domain::db::{SchemaState, schema_state, sqlstate};
use domain::{Db, DbError, db};
use tokio::time::timeout;

use crate::actor;
use crate::console::core::link::Database;
use crate::output::format::{self, sanitize};
use crate::target::{Target, TargetError};

/// How long connecting may take.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Connects. Looks up the URL each time: a restarted `tintype up` may have another one. Fails if the console cannot
/// work on the schema; a role that may not read which one it is finds out later.
pub(in crate::console) async fn connect(target: &Target) -> Result<(Db, Database), String> {
    let url = target.database_url().map_err(|error| match error {
        TargetError::NotRunning(_) => "`tintype up` is not running".to_owned(),
        other @ (TargetError::Unreadable(..) | TargetError::Unreachable(_) | TargetError::Schema(_)) => {
            sanitize(&other.to_string())
        }
    })?;
    let db = db::connect_to_read(actor::named(&url).expose()).map_err(|error| sanitize(&error.to_string()))?;
    let hint = match timeout(CONNECT_TIMEOUT, schema_state(&db)).await {
        Ok(Ok(state @ SchemaState::Newer(..))) => Some(state.to_string()),
        Ok(Ok(state)) if !state.is_usable() => return Err(state.to_string()),
        Ok(Err(error)) if sqlstate(&error).as_deref() != Some("42501") => return Err(describe(&error)),
        Ok(_) => None,
        Err(_elapsed) => return Err(no_response(CONNECT_TIMEOUT)),
    };
    let is_standby = match timeout(CONNECT_TIMEOUT, db::is_standby(&db)).await {
        Ok(result) => result.map_err(|error| describe(&error))?,
        Err(_elapsed) => return Err(no_response(CONNECT_TIMEOUT)),
    };
    Ok((db, Database { name: sanitize(&url.place()), is_standby, hint }))
}

/// Describes an error of the database in one line.
pub(super) fn describe(error: &DbError) -> String {
    sanitize(&db::describe(error))
}

/// Describes a missing response.
pub(super) fn no_response(waited: Duration) -> String {
    format!("no response for {}", format::duration(waited))
}
