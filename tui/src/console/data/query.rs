//! One query, with a warning when it is slow.

use std::time::Duration;

use domain::Db;
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

/// Reads the overview, connecting first if necessary. Calls `on_slow` when it takes long.
pub(super) async fn fetch(target: &Target, db: &mut Option<Db>, on_slow: impl FnOnce()) -> Result<Overview, String> {
    let db = match db {
        Some(db) => db,
        None => db.insert(connect(target)?),
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

/// Describes a missing response.
pub(super) fn no_response(waited: Duration) -> String {
    format!("no response for {}", format::duration(waited))
}
