//! Listing: the newest jobs, a line each, for the operator.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{JobType, State};
use crate::id::JobId;
use crate::{Db, DbError};

/// A job in a line.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    /// By which it is shown whole.
    pub id: JobId,
    /// The name of who paid.
    pub account: String,
    /// What kind of file it makes.
    #[serde(rename = "type")]
    pub kind: JobType,
    /// Where it stands.
    pub state: State,
    /// How often it was claimed.
    pub attempt: i16,
    /// When it was submitted.
    pub created_at: DateTime<Utc>,
    /// When it ended.
    pub completed_at: Option<DateTime<Utc>>,
    /// Why it failed.
    pub error_code: Option<String>,
}

/// Lists the newest jobs, of one account or of all.
pub async fn list(db: &Db, account: Option<&str>, limit: i64) -> Result<Vec<Line>, DbError> {
    sqlx::query_as!(
        Line,
        r#"
        select
            job.id as "id: JobId",
            account.name as account,
            job.type as "kind: JobType",
            state_of(job.state, queue.lease) as "state!: State",
            coalesce(job.attempt, queue.attempt, 0::smallint) as "attempt!",
            job.created_at,
            job.completed_at,
            job.error_code
        from job
        join account on account.id = job.account
        left join queue on queue.job = job.id
        where $1::text is null or account.name = $1
        order by job.id desc
        limit $2
        "#,
        account,
        limit,
    )
    .fetch_all(db)
    .await
}
