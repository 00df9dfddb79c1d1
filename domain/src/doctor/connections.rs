//! Connections: how many are open, and how many the fleet may open.

use super::finding::{Finding, Status};
use crate::db::{API_CONNECTIONS, OTHER_CONNECTIONS, WORKER_CONNECTIONS, capacity};
use crate::{Db, DbError};

pub(super) async fn connections(db: &Db) -> Result<Vec<Finding>, DbError> {
    let capacity = capacity(db).await?;
    let (available, used) = (capacity.available(), capacity.used);
    let workers = u32::try_from(capacity.workers).unwrap_or_default();
    let fleet = workers.saturating_mul(WORKER_CONNECTIONS + OTHER_CONNECTIONS);
    let needed = fleet.saturating_add(API_CONNECTIONS + OTHER_CONNECTIONS);
    let value = format!(
        "{used} open, {available} possible (max_connections {}, {} reserved); {workers} live workers and one API need {needed}",
        capacity.max, capacity.reserved
    );
    let bad = if i64::from(needed) > i64::from(available) {
        Some((Status::Fail, "raise max_connections, or the limit of the role or the database, or run fewer processes"))
    } else if i64::from(used) * 5 > i64::from(available) * 4 {
        Some((Status::Warn, "more than four fifths are in use: raise max_connections, or find out who uses them"))
    } else {
        None
    };
    Ok(vec![Finding::judged("connections", value, bad)])
}
