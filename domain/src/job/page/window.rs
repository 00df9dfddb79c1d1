//! Where the jobs end that one page examines.

use super::cursor::Cursor;
use super::filter::JobFilter;
use crate::id::JobId;
use crate::key::Caller;
use crate::{Db, DbError};

/// How many jobs one page examines at most. They are read one by one, because a job's state is
/// in no index: one would have to be written whenever a job ends.
pub const MAX_EXAMINED: i64 = 5000;

/// Returns the last job that a page examined; `None` if it examined all of them.
pub(super) async fn end(
    db: &Db,
    caller: &Caller,
    filter: &JobFilter,
    after: Option<Cursor>,
) -> Result<Option<JobId>, DbError> {
    sqlx::query_scalar!(
        r#"
        with first as materialized (
            select coalesce(uuid_at(greatest($5::timestamptz - interval '1 hour', 'epoch')), uuid_at('epoch')) as job
        )
        select id as "id!: JobId"
        from (
            (
                select id from job
                where $3::text is null and $4::uuid is null
                    and account = $1 and id < $2 and id >= (select job from first)
                order by id desc
                limit 5000
            ) union all (
                select id from job
                where $4 is null
                    and account = $1 and reference = $3 and id < $2 and id >= (select job from first)
                order by id desc
                limit 5000
            ) union all (
                select id
                from (
                    select id, account from job
                    where batch = $4
                    -- By the index on the batch, never by the one on the account.
                    offset 0
                ) as job
                where account = $1 and id < $2
                order by id desc
                limit 5000
            )
        ) as examined
        order by id desc
        offset $6
        limit 1
        "#,
        caller.account() as _,
        after.map_or(JobId::LAST, Cursor::job) as _,
        filter.reference(),
        filter.batch as _,
        filter.since(),
        MAX_EXAMINED - 1,
    )
    .fetch_optional(db)
    .await
}
