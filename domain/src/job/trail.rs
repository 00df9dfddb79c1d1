//! The trail of a job: what happened to it, and what it cost, for operators.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use crate::id::{JobId, WorkerId};
use crate::{Db, DbError};

/// How many events and movements are read at most.
const MAX_ROWS: i64 = 50;

/// What happened to a job, and what it cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trail {
    /// The name of its account.
    pub account: String,
    /// The public id of the key that submitted it.
    pub key: String,
    /// The request that submitted it.
    pub request_id: Option<String>,
    /// The worker of the last attempt: its name, or its id if it is gone.
    pub worker: Option<String>,
    /// Until when the last attempt may take.
    pub deadline: Option<DateTime<Utc>>,
    /// When it is queued again, if it waits for its next attempt.
    pub parked_until: Option<DateTime<Utc>>,
    /// What happened, oldest first: at most 50.
    pub events: Vec<TrailEvent>,
    /// The credits that were moved for it, oldest first.
    pub ledger: Vec<TrailMovement>,
    /// Its result, while it is stored.
    pub result: Option<TrailResult>,
}

/// Something that happened to a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrailEvent {
    /// When.
    pub at: DateTime<Utc>,
    /// What, such as `job.lapsed`.
    pub kind: String,
    /// The worker concerned.
    pub worker: Option<WorkerId>,
    /// The operator who caused it.
    pub actor: Option<String>,
    /// The operator's reason.
    pub reason: Option<String>,
    /// A description for people.
    pub message: String,
}

/// Credits that were moved for a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrailMovement {
    /// When.
    pub at: DateTime<Utc>,
    /// `debit` or `refund`.
    pub kind: String,
    /// How many credits.
    pub amount: i64,
}

/// The result of a job, without its bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrailResult {
    /// Its media type.
    pub content_type: String,
    /// Its size in bytes.
    pub size: i64,
}

/// Returns the trail of a job; `None` if there is no such job.
pub async fn trail(db: &Db, job: JobId) -> Result<Option<Trail>, DbError> {
    let row = sqlx::query!(
        r#"
        select
            coalesce(account.name, job.account::text) as "account!",
            job.key as "key!",
            job.request_id,
            coalesce(worker.name, job.worker::text, queue.worker::text) as worker,
            queue.deadline as "deadline?",
            case when queue.parked then queue.due_at end as parked_until,
            (
                select coalesce(json_agg(happened order by happened.at), '[]')
                from (
                    select at, kind, worker, actor, reason, message from event
                    where event.job = job.id order by id desc limit $2
                ) as happened
            ) as "events!: Json<Vec<TrailEvent>>",
            (
                select coalesce(json_agg(moved order by moved.at), '[]')
                from (select created_at as at, kind, amount from ledger where ledger.job = job.id limit $2) as moved
            ) as "ledger!: Json<Vec<TrailMovement>>",
            about.content_type as "content_type?",
            about.size as "size?"
        from job
        left join queue on queue.job = job.id
        left join account on account.id = job.account
        left join worker on worker.id = coalesce(job.worker, queue.worker)
        left join lateral (
            -- Not by `result_about`, which reads more than a reader of the console may.
            select content_type, size from result
            where result.slot = job.slot and result.job = job.id and result.expires_at > now()
            offset 0
        ) as about on true
        where job.id = $1
        "#,
        job as _,
        MAX_ROWS,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Trail {
        account: row.account,
        key: row.key,
        request_id: row.request_id,
        worker: row.worker,
        deadline: row.deadline,
        parked_until: row.parked_until,
        events: row.events.0,
        ledger: row.ledger.0,
        result: row.content_type.zip(row.size).map(|(content_type, size)| TrailResult { content_type, size }),
    }))
}
