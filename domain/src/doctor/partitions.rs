//! Partitions by day: whether those of the coming days exist.

use super::finding::{Finding, Status};
use crate::{Db, DbError};

pub(super) async fn partitions(db: &Db) -> Result<Vec<Finding>, DbError> {
    let row = sqlx::query!(
        r#"
        select
            count(*) as "days!",
            coalesce(max(day) - (now() at time zone 'UTC')::date, -1) as "ahead!",
            exists (select from job_default) as "has_jobs!"
        from (
            select to_date(right(relname, 8), 'YYYYMMDD') as day
            from pg_inherits
            join pg_class on pg_class.oid = inhrelid
            where inhparent = to_regclass('job') and relname ~ '^job_\d{8}$'
        ) as partitions
        "#
    )
    .fetch_one(db)
    .await?;
    let advice = "workers create them every hour: start one, and look in its log for `create_partitions`";
    let bad = match row.ahead {
        ..0 => Some((Status::Fail, advice)),
        0 => Some((Status::Warn, advice)),
        1.. => None,
    };
    let outside =
        "the clock of an API is wrong by days, or partitions were missing: job_default is never dropped as a whole";
    Ok(vec![
        Finding::judged("partitions", format!("{} days, {} ahead of today", row.days, row.ahead), bad),
        Finding::judged(
            "default partition",
            if row.has_jobs { "has jobs" } else { "empty" },
            row.has_jobs.then_some((Status::Warn, outside)),
        ),
    ])
}
