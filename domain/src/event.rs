//! Events: what happened that no job's row tells.
//!
//! The statements that make it happen write it down themselves. Events are kept as long as
//! the rows of jobs.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::id::{AccountId, JobId, WorkerId};
use crate::{Db, DbError};

/// Something that happened.
#[derive(Debug, Clone, Serialize)]
pub struct Event {
    /// Not quite in the order of time: who commits later may have begun earlier.
    pub id: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// What, such as `job.lapsed`.
    pub kind: String,
    /// To which job.
    pub job: Option<JobId>,
    /// To which worker, or by which.
    pub worker: Option<WorkerId>,
    /// To which account.
    pub account: Option<AccountId>,
    /// For people.
    pub message: String,
}

/// The latest events, newest first.
pub async fn latest(db: &Db, limit: i64) -> Result<Vec<Event>, DbError> {
    sqlx::query_as!(
        Event,
        r#"
        select id, at, kind, job as "job: JobId", worker as "worker: WorkerId",
            account as "account: AccountId", message
        from event
        order by id desc
        limit $1
        "#,
        limit,
    )
    .fetch_all(db)
    .await
}
