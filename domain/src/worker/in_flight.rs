//! The jobs in flight of one worker.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::id::{AccountId, JobId, WorkerId};
use crate::options::JobType;
use crate::{Db, DbError};

/// The largest number of jobs that is listed.
pub const MAX_IN_FLIGHT: i64 = 24;

/// A job that a worker holds a lease of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InFlightJob {
    /// The job.
    pub job: JobId,
    /// The kind of file it makes.
    #[serde(rename = "type")]
    pub kind: JobType,
    /// The account it belongs to.
    pub account: AccountId,
    /// The name of that account.
    pub account_name: String,
    /// Which attempt this is, from 1.
    pub attempt: i16,
    /// When the attempt began.
    pub started_at: DateTime<Utc>,
    /// Seconds since then.
    pub run_s: f64,
    /// Seconds until the lease lapses. Negative, if it has.
    pub lease_left_s: f64,
}

/// Returns the jobs of a worker, those whose leases lapse first, at most [`MAX_IN_FLIGHT`].
pub async fn in_flight(db: &Db, worker: WorkerId) -> Result<Vec<InFlightJob>, DbError> {
    sqlx::query_as!(
        InFlightJob,
        r#"
        with held as materialized (
            select job, account, attempt, started_at, deadline
            from queue
            where deadline is not null and worker = $1
            order by deadline, job
            limit $2
        )
        select
            held.job as "job: JobId",
            job.type as "kind: JobType",
            held.account as "account: AccountId",
            account.name as account_name,
            held.attempt,
            held.started_at as "started_at!",
            extract(epoch from now() - held.started_at)::float8 as "run_s!",
            extract(epoch from held.deadline - now())::float8 as "lease_left_s!"
        from held
        join job on job.id = held.job
        join account on account.id = held.account
        order by held.deadline, held.job
        "#,
        worker as _,
        MAX_IN_FLIGHT,
    )
    .fetch_all(db)
    .await
}
