//! Expiring: which results expire next.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::id::JobId;
use crate::{Db, DbError};

/// The largest page.
pub const MAX_PAGE: i64 = 200;

/// A result that has not expired.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expiring {
    /// The job.
    pub job: JobId,
    /// The name of its account.
    pub account: String,
    /// The media type.
    pub content_type: String,
    /// The number of bytes.
    pub size: i64,
    /// When it expires.
    pub expires_at: DateTime<Utc>,
    /// Whether an operator extended it.
    pub extended: bool,
}

/// Where a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExpiryCursor {
    /// With the first result that expires then or later.
    At(DateTime<Utc>),
    /// Behind this result.
    Behind(DateTime<Utc>, JobId),
}

impl Expiring {
    /// Where the page behind this result begins.
    pub fn cursor(&self) -> ExpiryCursor {
        ExpiryCursor::Behind(self.expires_at, self.job)
    }
}

/// Reads a page of at most [`MAX_PAGE`] results, soonest first: from a cursor, or else from now on.
///
/// No index has the expiry. A bucket of the ring has its results in the order in which they expire, so the first page of
/// it is found by bisection.
pub async fn next_to_expire(db: &Db, from: Option<ExpiryCursor>, limit: i64) -> Result<Vec<Expiring>, DbError> {
    let (since, behind) = match from {
        None => (None, None),
        Some(ExpiryCursor::At(since)) => (Some(since), None),
        Some(ExpiryCursor::Behind(since, job)) => (Some(since), Some(job)),
    };
    let limit = limit.clamp(1, MAX_PAGE);
    sqlx::query_as!(
        Expiring,
        r#"
        select
            expiring.job as "job!: JobId",
            account.name as "account!",
            expiring.content_type as "content_type!",
            expiring.size as "size!",
            expiring.expires_at as "expires_at!",
            expiring.extended as "extended!"
        from (
            select *
            from expiring_results(greatest($1, now()), 'infinity', $3::bigint + 1)
            where $2::uuid is null or expires_at > $1 or job > $2
            order by expires_at, job
            limit $3::bigint
        ) as expiring
        join account on account.id = expiring.account
        order by expiring.expires_at, expiring.job
        "#,
        since,
        behind as _,
        limit,
    )
    .fetch_all(db)
    .await
}
