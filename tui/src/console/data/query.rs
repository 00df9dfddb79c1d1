//! One query, with a warning when it is slow.

use std::time::Duration;

use domain::Db;
use domain::db::{SchemaState, schema_state, sqlstate};
use domain::overview::{Overview, overview};
use tokio::time::timeout;

use super::link::{connect, describe};
use crate::output::format;
use crate::target::Target;

/// After this long without a response, the data on the screen counts as stale.
pub(super) const SLOW_AFTER: Duration = Duration::from_secs(3);
/// After this long more, the connection is closed. Not earlier: a statement that waits inside
/// the database continues there, and repeated attempts would pile up such statements.
const GIVE_UP_AFTER: Duration = Duration::from_secs(12);

/// Reads the overview, connecting first if necessary. Calls `on_slow` when it takes long, and `on_schema` with
/// what there is to say about the schema of a new connection.
pub(super) async fn fetch(
    target: &Target,
    db: &mut Option<Db>,
    on_slow: impl FnOnce(),
    on_schema: impl FnOnce(Option<String>),
) -> Result<Overview, String> {
    let db = if let Some(db) = db {
        db
    } else {
        let new = connect(target)?;
        on_schema(check_schema(&new).await?);
        db.insert(new)
    };
    let mut query = std::pin::pin!(overview(db));
    let result = if let Ok(result) = timeout(SLOW_AFTER, &mut query).await {
        result
    } else {
        on_slow();
        timeout(GIVE_UP_AFTER, query).await.map_err(|_| no_response(SLOW_AFTER + GIVE_UP_AFTER))?
    };
    result.map_err(|error| describe(&error))
}

/// Fails if the console cannot work on the schema, and returns a hint if it is newer. A role that may not read
/// which one it is finds out later.
async fn check_schema(db: &Db) -> Result<Option<String>, String> {
    match timeout(SLOW_AFTER + GIVE_UP_AFTER, schema_state(db)).await {
        Ok(Ok(state @ SchemaState::Newer(..))) => Ok(Some(state.to_string())),
        Ok(Ok(state)) if !state.is_usable() => Err(state.to_string()),
        Ok(Err(error)) if sqlstate(&error).as_deref() != Some("42501") => Err(describe(&error)),
        Ok(_) => Ok(None),
        Err(_elapsed) => Err(no_response(SLOW_AFTER + GIVE_UP_AFTER)),
    }
}

/// Describes a missing response.
pub(super) fn no_response(waited: Duration) -> String {
    format!("no response for {}", format::duration(waited))
}
