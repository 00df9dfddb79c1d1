//! The health of the service: what shows that jobs are rendered and results expire.

use crate::{Db, DbError};

/// The state of the fleet, the queue and the expiry.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ServiceHealth {
    /// How many workers are alive.
    pub alive_workers: i64,
    /// How long the oldest claimable job has waited, in seconds.
    pub oldest_wait_s: Option<f64>,
    /// For how long a result has expired that is still stored, in seconds.
    pub oldest_expired_s: Option<f64>,
    /// The same number, as far as it is expected: results expire together.
    pub expected_expired_s: f64,
}

/// Reads the health of the service. It looks at one result of each bucket, and at no history.
pub async fn health(db: &Db) -> Result<ServiceHealth, DbError> {
    sqlx::query_as!(
        ServiceHealth,
        r#"
        select
            (select count(*) from worker where is_alive(beat_at)) as "alive_workers!",
            (
                select extract(epoch from now() - due_at)::float8
                from queue
                where lease is null and not parked
                order by job
                limit 1
            ) as oldest_wait_s,
            (
                select extract(epoch from now() - min(expires_at))::float8
                from generate_series(0, 31) as bucket
                cross join lateral (select expires_at from result where slot = bucket::smallint limit 1) as stored
                where expires_at < now()
            ) as oldest_expired_s,
            extract(epoch from retention() / 24 + interval '1 hour')::float8 as "expected_expired_s!"
        "#,
    )
    .fetch_one(db)
    .await
}
