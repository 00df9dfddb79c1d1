//! Claiming: how queued jobs become one worker's, for a while.
//!
//! [`claim`] hands out [`Lease`]s, each the right to finish one attempt before a
//! deadline. Whatever crashes, three things hold:
//!
//! * **One holder.** Every claim takes the next lease number, and only the lease whose
//!   number the queue row carries is live.
//! * **The dead write nothing.** Every write names job and lease, so a worker given up
//!   for dead that wakes late changes no row, and is told so.
//! * **Nothing is stuck.** A lease lapses with its worker or at its deadline, and
//!   [`reap`](super::reap()) gives the job to the next, until the attempts are spent.

use std::time::Duration;

use sqlx::postgres::types::PgInterval;

use super::{Fence, Lease};
use crate::id::{JobId, WorkerId};
use crate::render::{BUDGET, Options};
use crate::{Db, DbError};

/// How long a lease lives: the budget of one render, and time to store what it made.
pub const LEASE: Duration = Duration::from_secs(BUDGET.as_secs() + 15);

/// A job to render, and the right to finish it.
#[derive(Debug)]
pub struct Claim {
    /// What every later statement proves itself by.
    pub lease: Lease,
    /// What was asked for. Unreadable to a worker that is older than the API; another may
    /// read it.
    pub options: Result<Options, BadOptions>,
    /// Which attempt this is, counted from 1.
    pub attempt: i16,
    source_slot: Option<i16>,
}

/// What was asked for is in words that this version does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no worker could read this job's options")]
pub struct BadOptions;

/// Takes up to `free` jobs, those that stand first in line.
///
/// Any number of workers may ask at once: `skip locked` shows each of them other rows,
/// and nobody waits.
pub async fn claim(db: &Db, worker: WorkerId, free: usize) -> Result<Vec<Claim>, DbError> {
    let rows = sqlx::query!(
        r#"
        with due as materialized (
            select job
            from queue
            where lease is null and not parked
            order by fair_tag, job
            limit $2
            for update skip locked
        ), claimed as (
            update queue
            set lease = nextval('lease_number'),
                worker = $1,
                attempt = attempt + 1,
                started_at = now(),
                deadline = now() + $3::interval
            where job = any(array(select job from due)) and lease is null
            returning job, lease, attempt, fair_tag
        )
        select
            claimed.job as "job: JobId",
            claimed.lease as "number!",
            claimed.attempt,
            job.options,
            job.source_slot
        from claimed
        join job on job.id = claimed.job
        order by claimed.fair_tag, claimed.job
        "#,
        worker as _,
        i64::try_from(free).unwrap_or(i64::MAX),
        interval(LEASE),
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Claim {
            lease: Lease::new(Fence { job: row.job, number: row.number }),
            options: serde_json::from_value(row.options).map_err(|_| BadOptions),
            attempt: row.attempt,
            source_slot: row.source_slot,
        })
        .collect())
}

impl Claim {
    /// Reads the page that was sent along; `None` where the page is a URL's.
    pub async fn html(&self, db: &Db) -> Result<Option<Vec<u8>>, DbError> {
        let Some(slot) = self.source_slot else { return Ok(None) };
        sqlx::query_scalar!("select source_html($1, $2)", slot, self.lease.job() as _).fetch_one(db).await
    }
}

fn interval(duration: Duration) -> PgInterval {
    PgInterval { months: 0, days: 0, microseconds: i64::try_from(duration.as_micros()).unwrap_or(i64::MAX) }
}
