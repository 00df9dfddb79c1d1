//! Tables: their sizes, and the dead rows of those that change most.

use super::finding::{Finding, Status};
use crate::{Db, DbError};

/// Dead rows up to this number are normal between two runs of autovacuum.
const NORMAL_DEAD_ROWS: i64 = 20_000;

pub(super) async fn tables(db: &Db) -> Result<Vec<Finding>, DbError> {
    let rows = sqlx::query!(
        r#"
        with family as (
            select
                coalesce(inhparent, relid)::regclass::text as name,
                n_dead_tup as dead,
                n_live_tup as live,
                pg_total_relation_size(relid) as bytes,
                greatest(last_vacuum, last_autovacuum) as vacuumed_at
            from pg_stat_user_tables
            left join pg_inherits on inhrelid = relid
        )
        select
            name as "name!",
            sum(dead)::bigint as "dead!",
            sum(live)::bigint as "live!",
            pg_size_pretty(sum(bytes)) as "size!",
            sum(bytes)::bigint as "bytes!",
            coalesce(to_char(max(vacuumed_at) at time zone 'UTC', 'YYYY-MM-DD HH24:MI"Z"'), 'never') as "vacuumed!"
        from family
        where name in (
            'account', 'event', 'idempotency', 'job', 'ledger', 'queue', 'result', 'secret', 'source', 'stat_minute'
        )
        group by name
        order by sum(bytes) desc, name
        "#
    )
    .fetch_all(db)
    .await?;
    let dead_rows = rows.iter().filter(|row| ["account", "job", "queue", "secret"].contains(&row.name.as_str()));
    let mut findings: Vec<_> = dead_rows
        .map(|row| {
            let is_bad = row.dead > NORMAL_DEAD_ROWS.max(row.live.saturating_mul(2));
            let advice = "autovacuum is behind: look for old transactions, or run `vacuum` on this table";
            let value = format!("{}: {} dead rows, {} live, vacuumed {}", row.name, row.dead, row.live, row.vacuumed);
            Finding::judged("dead rows", value, is_bad.then_some((Status::Warn, advice)))
        })
        .collect();
    let sizes: Vec<_> = rows.iter().map(|row| format!("{} {}", row.name, row.size)).collect();
    findings.push(Finding::ok("sizes", sizes.join(", ")));
    Ok(findings)
}
