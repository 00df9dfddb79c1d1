//! Jobs that failed, as events.

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::event::filter::{EventFilter, FAILED};
use crate::event::merge::{Chunk, Position};
use crate::event::recorded::{Event, EventLevel};
use crate::id::{AccountId, JobId, WorkerId};
use crate::options::JobType;
use crate::{Db, DbError};

type Key = (DateTime<Utc>, JobId);

/// Reads the failures before another that pass the filter: in the order of time or, where they are those of one
/// worker, account or code, in the order in which the jobs were submitted, as the index has them.
#[expect(clippy::too_many_lines, reason = "it is one statement")]
pub(super) async fn read(
    db: &Db,
    filter: &EventFilter,
    before: Option<Key>,
    limit: i64,
) -> Result<Chunk<Key>, DbError> {
    let is_by_time =
        filter.job.is_none() && filter.worker.is_none() && filter.account.is_none() && filter.code.is_none();
    let rows = sqlx::query!(
        r#"
        with subject as materialized (
            select
                coalesce($5::uuid, (select id from worker where name = $4 order by beat_at desc limit 1)) as worker,
                coalesce($7::uuid, (select id from account where name = $6)) as account,
                coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff') as before
        ), examined as materialized (
            (
                select * from failure
                where $3::uuid is null and $4::text is null and $6::text is null and $8::text is null
                    and at <= least(coalesce($1::timestamptz, 'infinity'), coalesce($10::timestamptz, 'infinity'))
                    and ($1 is null or at < $1 or job < $2)
                    and at >= coalesce($9::timestamptz, '-infinity')
                order by at desc, job desc
                limit $11
            ) union all (
                select * from failure
                where job = $3 and job < (select before from subject)
            ) union all (
                select * from failure
                where $3 is null and $4 is not null
                    and worker = (select worker from subject) and job < (select before from subject)
                order by job desc
                limit $11
            ) union all (
                select * from failure
                where $3 is null and $4 is null and $6 is not null
                    and account = (select account from subject) and job < (select before from subject)
                order by job desc
                limit $11
            ) union all (
                select * from failure
                where $3 is null and $4 is null and $6 is null and $8 is not null
                    and code = $8 and job < (select before from subject)
                order by job desc
                limit $11
            )
        ), passing as (
            select examined.*
            from examined, subject
            where ($4 is null or examined.worker = subject.worker)
                and ($6 is null or examined.account = subject.account)
                and ($8 is null or code = $8)
                and ($9 is null or at >= $9)
                and ($10 is null or at <= $10)
            order by case when $12 then at end desc, job desc
            limit $13
        ), result as (
            select *, true as passes from passing
            union all
            (select *, false from examined order by case when $12 then at end, job limit 1)
        )
        select
            job as "job!: JobId", at as "at!", type as "kind!: JobType", code as "code!",
            account as "account!: AccountId", result.worker as "worker: WorkerId", worker.name as "worker_name?",
            passes as "passes!"
        from result
        left join worker on worker.id = result.worker
        order by case when $12 then at end desc, job desc
        "#,
        before.map(|(at, _)| at),
        before.map(|(_, job)| job) as _,
        filter.job as _,
        filter.worker,
        filter.worker_id(),
        filter.account,
        filter.account_id(),
        filter.code,
        filter.since,
        filter.until,
        filter.examined(limit),
        is_by_time,
        limit,
    )
    .fetch_all(db)
    .await?;
    let mut chunk = Chunk::none();
    for row in rows {
        let key = (row.at, row.job);
        if row.passes {
            let event = Event {
                id: None,
                at: row.at,
                level: EventLevel::Error,
                kind: FAILED.to_owned(),
                job: Some(row.job),
                worker: row.worker,
                worker_name: row.worker_name,
                account: Some(row.account),
                actor: None,
                reason: None,
                message: format!("{} {}", row.code, row.kind.name()),
                detail: Some(json!({ "code": row.code, "type": row.kind.name() })),
            };
            chunk.rows.push((key, event));
        } else if filter.job.is_none() && filter.since.is_none_or(|since| row.at >= since) {
            chunk.read_to = Position::Before(key);
        }
    }
    Ok(chunk.of_at_most(limit))
}
