//! Events that have rows of their own.

use crate::event::filter::EventFilter;
use crate::event::merge::{Chunk, Position};
use crate::event::recorded::{Event, EventLevel};
use crate::id::{AccountId, JobId, WorkerId};
use crate::{Db, DbError};

/// Reads the events before an id that pass the filter. The parts of `examined` are alternatives, each with an index of
/// its own. The last row that was examined is returned besides, so that the next page starts there.
#[expect(clippy::too_many_lines, reason = "it is one statement")]
pub(super) async fn read(
    db: &Db,
    filter: &EventFilter,
    before: Option<i64>,
    limit: i64,
) -> Result<Chunk<i64>, DbError> {
    let rows = sqlx::query!(
        r#"
        with subject as materialized (
            select
                coalesce($4::uuid, (select id from worker where name = $3 order by beat_at desc limit 1)) as worker,
                coalesce($6::uuid, (select id from account where name = $5)) as account,
                least(
                    coalesce($1, 9223372036854775807),
                    -- Ids follow the order of time only roughly.
                    (select id from event where at <= $7::timestamptz order by at desc limit 1) + 500
                ) as before,
                case
                    when $13::timestamptz is null then 0
                    else coalesce((select id from event where at >= $13 order by at limit 1) - 500, 9223372036854775807)
                end as first
        ), examined as materialized (
            (
                select * from event
                where $2::uuid is null and $3::text is null and $5::text is null and not $8
                    and id < (select before from subject) and id >= (select first from subject)
                order by id desc
                limit $9
            ) union all (
                select * from event
                where job = $2 and id < (select before from subject) and id >= (select first from subject)
                order by id desc
                limit $9
            ) union all (
                select * from event
                where $2 is null and $3 is not null
                    and worker = (select worker from subject) and id < (select before from subject) and id >= (select first from subject)
                order by id desc
                limit $9
            ) union all (
                select * from event
                where $2 is null and $3 is null and $5 is not null
                    and account = (select account from subject) and id < (select before from subject) and id >= (select first from subject)
                order by id desc
                limit $9
            ) union all (
                select * from event
                where $2 is null and $3 is null and $5 is null and $8
                    and actor is not null and id < (select before from subject) and id >= (select first from subject)
                order by id desc
                limit $9
            )
        ), passing as (
            select examined.*
            from examined, subject
            where ($10::text[] is null or event_level(kind, actor) = any($10))
                and ($11::text is null or kind = $11 or (right($11, 1) = '.' and starts_with(kind, $11)))
                and ($3 is null or examined.worker = subject.worker)
                and ($5 is null or examined.account = subject.account)
                and ($12::text is null or actor = $12)
                and ($13 is null or at >= $13)
                and ($7 is null or at <= $7)
            order by id desc
            limit $14
        ), result as (
            select *, true as passes from passing
            union all
            (select *, false from examined order by id limit 1)
        )
        select
            result.id as "id!", at as "at!", event_level(kind, actor) as "level!: EventLevel", kind as "kind!",
            job as "job: JobId", result.worker as "worker: WorkerId", worker.name as "worker_name?",
            account as "account: AccountId", actor, reason, message as "message!", detail, passes as "passes!"
        from result
        left join worker on worker.id = result.worker
        order by result.id desc
        "#,
        before,
        filter.job as _,
        filter.worker,
        filter.worker_id(),
        filter.account,
        filter.account_id(),
        filter.until,
        filter.is_audit(),
        filter.examined(limit),
        filter.level_names() as _,
        filter.kind,
        filter.actor,
        filter.since,
        limit,
    )
    .fetch_all(db)
    .await?;
    let mut chunk = Chunk::none();
    for row in rows {
        if row.passes {
            let event = Event {
                id: Some(row.id),
                at: row.at,
                level: row.level,
                kind: row.kind,
                job: row.job,
                worker: row.worker,
                worker_name: row.worker_name,
                account: row.account,
                actor: row.actor,
                reason: row.reason,
                message: row.message,
                detail: row.detail,
            };
            chunk.rows.push((row.id, event));
        } else if filter.since.is_none_or(|since| row.at >= since) {
            chunk.read_to = Position::Before(row.id);
        }
    }
    Ok(chunk.of_at_most(limit))
}
