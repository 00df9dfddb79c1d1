//! Registering: how a process becomes a worker.

use crate::id::WorkerId;
use crate::{Db, DbError};

/// What a worker says of itself.
#[derive(Debug, Clone)]
pub struct About {
    /// Where it runs, for people.
    pub name: String,
    /// Which Tintype it is.
    pub version: String,
    /// Which Chromium it drives.
    pub browser: String,
    /// How many pages it renders at once.
    pub slots: u16,
}

/// Adds a worker to the fleet.
pub async fn register(db: &Db, about: &About) -> Result<WorkerId, DbError> {
    sqlx::query_scalar!(
        r#"
        with joined as (
            insert into worker (name, version, browser, slots)
            values ($1, $2, $3, $4)
            returning id
        ), told as (
            insert into event (kind, worker, message) select 'worker.joined', id, $1 from joined
        )
        select id as "id: WorkerId" from joined
        "#,
        about.name,
        about.version,
        about.browser,
        i32::from(about.slots),
    )
    .fetch_one(db)
    .await
}
