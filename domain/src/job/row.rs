//! Rows: a job as the statements that read whole jobs return it.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;
use sqlx::types::Json;

use super::blocked::Blocked;
use super::details::Job;
use super::error_code::ErrorCode;
use super::rendered::Timings;
use super::report::RenderReport;
use super::state::JobState;
use crate::id::{AccountId, BatchId, JobId};
use crate::options::JobType;
use crate::options::stored::StoredOptions;
use crate::secret::unmark;

/// A job, as it is read.
pub(super) struct JobRow {
    pub(super) id: JobId,
    pub(super) account: AccountId,
    pub(super) kind: JobType,
    pub(super) state: JobState,
    pub(super) options: Value,
    pub(super) had_secrets: bool,
    pub(super) batch: Option<BatchId>,
    pub(super) reference: Option<String>,
    pub(super) cost: i32,
    pub(super) refunded: i32,
    pub(super) attempt: i16,
    pub(super) created_at: DateTime<Utc>,
    pub(super) started_at: Option<DateTime<Utc>>,
    pub(super) completed_at: Option<DateTime<Utc>>,
    pub(super) expires_at: Option<DateTime<Utc>>,
    pub(super) error_code: Option<ErrorCode>,
    pub(super) error_message: Option<String>,
    pub(super) timings: Option<Json<Timings>>,
    pub(super) blocked: Option<Json<Blocked>>,
    pub(super) report: Option<Json<RenderReport>>,
    pub(super) queue_position: Option<i64>,
}

impl From<JobRow> for Job {
    fn from(row: JobRow) -> Self {
        Self {
            id: row.id,
            account: row.account,
            kind: row.kind,
            state: row.state,
            format: format_of(&row.options),
            options: row.options,
            had_secrets: row.had_secrets,
            batch: row.batch,
            reference: row.reference,
            cost: row.cost,
            refunded: row.refunded,
            attempt: row.attempt,
            created_at: row.created_at,
            started_at: row.started_at,
            completed_at: row.completed_at,
            expires_at: row.expires_at,
            error_code: row.error_code,
            error_message: row.error_message,
            timings: row.timings.map(|timings| timings.0),
            blocked: row.blocked.map(|blocked| blocked.0).unwrap_or_default(),
            report: row.report.map(|report| report.0).unwrap_or_default(),
            queue_position: row.queue_position,
        }
    }
}

fn format_of(options: &Value) -> &'static str {
    let mut options = options.clone();
    unmark(&mut options);
    StoredOptions::deserialize(options).map_or("", |stored| stored.into_parts().1.output.format())
}
