//! Events as they are read.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::{AccountId, JobId, WorkerId};

/// How much an event matters.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    sqlx::Type,
    strum::EnumIter,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum EventLevel {
    /// Normal.
    Info,
    /// Somebody should know about it.
    Warning,
    /// Something failed.
    Error,
    /// An operator did it.
    Audit,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Ids follow the order of time only roughly: a transaction that started earlier may
    /// commit later. A job that failed has none: it is listed by its own row.
    pub id: Option<i64>,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// How much it matters.
    pub level: EventLevel,
    /// What happened, such as `job.lapsed`.
    pub kind: String,
    /// The job concerned.
    pub job: Option<JobId>,
    /// The worker concerned.
    pub worker: Option<WorkerId>,
    /// The name of that worker, as long as it is listed.
    pub worker_name: Option<String>,
    /// The account concerned.
    pub account: Option<AccountId>,
    /// The operator who caused it.
    pub actor: Option<String>,
    /// The operator's reason.
    pub reason: Option<String>,
    /// A description for people.
    pub message: String,
    /// What programs need to know of it.
    pub detail: Option<Value>,
}

/// What names an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventId {
    /// A job that failed.
    Failure(JobId),
    /// A row of its own.
    Event(i64),
}

impl EventLevel {
    /// The name.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

impl Event {
    /// What names the event; `None` for one that was not read from the database.
    pub fn key(&self) -> Option<EventId> {
        self.id.map(EventId::Event).or_else(|| self.job.map(EventId::Failure))
    }
}
