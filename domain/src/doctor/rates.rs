//! Rates: what results and WAL take per day.

use super::finding::Finding;
use crate::{Db, DbError};

pub(super) async fn rates(db: &Db) -> Result<Vec<Finding>, DbError> {
    let row = sqlx::query!(
        r#"
        select
            coalesce(sum(completed) * 24, 0)::bigint as "jobs!",
            pg_size_pretty(coalesce(sum(result_bytes) * 24, 0)) as "bytes!",
            pg_size_pretty(coalesce(sum(result_bytes) * extract(epoch from retention()) / 3600, 0)) as "kept!",
            (
                select pg_size_pretty(
                    wal_bytes * 86400 / greatest(extract(epoch from now() - coalesce(stats_reset, pg_postmaster_start_time())), 3600)
                )
                from pg_stat_wal
            ) as "wal!",
            (
                select to_char(coalesce(stats_reset, pg_postmaster_start_time()) at time zone 'UTC', 'YYYY-MM-DD HH24:MI"Z"')
                from pg_stat_wal
            ) as "since!"
        from stat_minute
        where minute > now() - interval '1 hour'
        "#
    )
    .fetch_one(db)
    .await?;
    let (jobs, bytes, kept) = (row.jobs, row.bytes, row.kept);
    Ok(vec![
        Finding::ok(
            "results per day",
            format!("{jobs} with {bytes}, at the rate of the last hour; {kept} kept at once"),
        ),
        Finding::ok("WAL per day", format!("{}, on average since {}", row.wal, row.since)),
    ])
}
