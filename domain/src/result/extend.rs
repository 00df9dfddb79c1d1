//! Extending: results that are kept for longer.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::event::Actor;
use crate::id::JobId;
use crate::{Db, DbError};

/// The most hours that a result is extended by at once.
pub const MAX_HOURS: i32 = 24;

/// The outcome for one job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extended {
    /// The job.
    pub job: JobId,
    /// What became of its result.
    #[serde(flatten)]
    pub extension: Extension,
}

/// What became of a result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Extension {
    /// It expires later.
    Extended {
        /// When it would have expired.
        from: DateTime<Utc>,
        /// When it expires.
        until: DateTime<Utc>,
    },
    /// Its bucket cannot be kept for longer: the ring comes around to it.
    Limited {
        /// When it expires.
        until: DateTime<Utc>,
    },
    /// There is no result: the job has not completed, or its result has expired.
    NoResult,
}

/// Extends results by some hours, or by as many as the ring can keep them: at least 7 with a retention of 24, and more
/// with longer ones. The whole bucket of a result stays stored for as long. Other results of it still expire at their
/// time.
pub async fn extend(db: &Db, actor: &Actor, jobs: &[JobId], hours: i32) -> Result<Vec<Extended>, DbError> {
    let rows = sqlx::query!(
        r#"
        with found as materialized (
            select id, account, slot, expires_at,
                least(expires_at + $2 * interval '1 hour', bucket_keeps_until(slot)) as until
            from job
            where id = any($1) and state = 'completed' and expires_at > now()
            order by id
            for update
        ), extended as materialized (
            select id, account, expires_at, until,
                case when until > expires_at then extend_result(slot, id, until) end as size
            from found
        ), changed as (
            update job
            set expires_at = extended.until
            from extended
            where job.id = any($1) and job.id = extended.id and extended.size is not null
        ), counted as (
            insert into stat_expiry as total (hour, results, bytes)
            select date_trunc('hour', at, 'UTC') as hour, sum(results), sum(bytes)
            from (
                select expires_at, -1, -size from extended where size is not null
                union all
                select until, 1, size from extended where size is not null
            ) as moved (at, results, bytes)
            group by 1
            order by 1
            on conflict (hour) do update set
                results = total.results + excluded.results,
                bytes = total.bytes + excluded.bytes
        ), new_event as (
            insert into event (kind, job, account, actor, reason, message, detail)
            select 'result.extended', id, account, $3, $4,
                format('kept until %s', to_char(until at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS"Z"')),
                jsonb_build_object('from', expires_at, 'until', until, 'size', size)
            from extended
            where size is not null
        )
        select id as "job!: JobId", expires_at as "from!", until as "until!", size
        from extended
        "#,
        jobs as _,
        f64::from(hours.clamp(1, MAX_HOURS)),
        actor.name,
        actor.reason,
    )
    .fetch_all(db)
    .await?;
    let of = |job: &JobId| match rows.iter().find(|row| row.job == *job) {
        Some(row) if row.size.is_some() => Extension::Extended { from: row.from, until: row.until },
        Some(row) if row.until <= row.from => Extension::Limited { until: row.from },
        Some(_) | None => Extension::NoResult,
    };
    Ok(jobs.iter().map(|job| Extended { job: *job, extension: of(job) }).collect())
}
