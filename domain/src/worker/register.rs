//! Registering: a process joins the fleet.

use crate::id::WorkerId;
use crate::{Db, DbError};

/// What a worker reports about itself.
#[derive(Debug, Clone, Default)]
pub struct WorkerInfo {
    /// Its name, for people.
    pub name: String,
    /// Its version of Tintype.
    pub version: String,
    /// Its version of Chromium.
    pub browser: String,
    /// How many pages it renders at once.
    pub slots: u16,
    /// The host that it runs on.
    pub host: Option<String>,
    /// The id of its process, on that host.
    pub pid: Option<u32>,
    /// Whether an operator drained this process. A process that registers again stays drained; one that was started
    /// again, even under the same name, takes jobs.
    pub is_draining: bool,
}

/// Adds a worker to the fleet.
pub async fn register(db: &Db, info: &WorkerInfo) -> Result<WorkerId, DbError> {
    sqlx::query_scalar!(
        r#"
        with new_worker as (
            insert into worker (name, version, browser, slots, host, pid, draining_at)
            values ($1, $2, $3, $4, $5, $6, case when $7 then now() end)
            returning *
        ), new_event as (
            insert into event (kind, worker, message, detail)
            select
                'worker.joined', id, name,
                jsonb_build_object('version', version, 'browser', browser, 'slots', slots, 'host', host, 'pid', pid)
            from new_worker
        )
        select id as "id: WorkerId" from new_worker
        "#,
        info.name,
        info.version,
        info.browser,
        i32::from(info.slots),
        info.host,
        info.pid.and_then(|pid| i32::try_from(pid).ok()),
        info.is_draining,
    )
    .fetch_one(db)
    .await
}
