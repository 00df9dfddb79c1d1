//! Events: what happened that the row of no job shows.
//!
//! The statement that causes an event also writes it. Events are kept for 30 days, as long as
//! the rows of jobs.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::id::{AccountId, JobId, WorkerId};
use crate::{Db, DbError};

/// Who makes a change, and why. Every change by an operator is recorded with its actor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Who, such as `ada@host-1`.
    pub name: String,
    /// Why, in the operator's own words.
    pub reason: Option<String>,
}

impl Actor {
    /// An actor that gives no reason.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), reason: None }
    }
}

/// Something that happened.
#[derive(Debug, Clone, Serialize)]
pub struct Event {
    /// Ids follow the order of time only roughly: a transaction that started earlier may
    /// commit later.
    pub id: i64,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// What happened, such as `job.lapsed`.
    pub kind: String,
    /// The job concerned.
    pub job: Option<JobId>,
    /// The worker concerned.
    pub worker: Option<WorkerId>,
    /// The account concerned.
    pub account: Option<AccountId>,
    /// The operator who caused it.
    pub actor: Option<String>,
    /// The operator's reason.
    pub reason: Option<String>,
    /// A description for people.
    pub message: String,
}

/// Returns the latest events, newest first.
pub async fn latest(db: &Db, limit: i64) -> Result<Vec<Event>, DbError> {
    sqlx::query_as!(
        Event,
        r#"
        select id, at, kind, job as "job: JobId", worker as "worker: WorkerId",
            account as "account: AccountId", actor, reason, message
        from event
        order by id desc
        limit $1
        "#,
        limit,
    )
    .fetch_all(db)
    .await
}
