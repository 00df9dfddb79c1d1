//! Registering: a process joins the fleet.

use crate::id::WorkerId;
use crate::{Db, DbError};

/// What a worker reports about itself.
#[derive(Debug, Clone)]
pub struct WorkerInfo {
    /// Its name, for people.
    pub name: String,
    /// Its version of Tintype.
    pub version: String,
    /// Its version of Chromium.
    pub browser: String,
    /// How many pages it renders at once.
    pub slots: u16,
}

/// Adds a worker to the fleet.
pub async fn register(db: &Db, info: &WorkerInfo) -> Result<WorkerId, DbError> {
    sqlx::query_scalar!(
        r#"
        with new_worker as (
            insert into worker (name, version, browser, slots)
            values ($1, $2, $3, $4)
            returning id
        ), new_event as (
            insert into event (kind, worker, message) select 'worker.joined', id, $1 from new_worker
        )
        select id as "id: WorkerId" from new_worker
        "#,
        info.name,
        info.version,
        info.browser,
        i32::from(info.slots),
    )
    .fetch_one(db)
    .await
}
