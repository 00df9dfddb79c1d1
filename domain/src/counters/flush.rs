//! Flushing: adding this process's counts to those of the current minute.

use super::Counts;
use crate::{Db, DbError};

/// Adds the counts of this process to the current minute's. Counts that could not be written, or whose flush was
/// cancelled, are kept for the next flush. One whose response was lost is sent again under its number, which the
/// database counts once.
pub async fn flush(db: &Db) -> Result<(), DbError> {
    let counters = db.counters();
    let mut flushing = counters.flushing.lock().await;
    loop {
        if flushing.counts.is_empty() {
            flushing.counts = counters.take();
            flushing.number += 1;
        }
        if flushing.counts.is_empty() {
            return Ok(());
        }
        write(db, flushing.number, &flushing.counts).await?;
        flushing.counts = Counts::default();
    }
}

async fn write(db: &Db, number: i64, counts: &Counts) -> Result<(), DbError> {
    let (types, codes): (Vec<&str>, Vec<&str>) =
        counts.outcomes.keys().map(|(kind, code)| (kind.as_str(), code.as_str())).unzip();
    let jobs: Vec<i64> = counts.outcomes.values().map(|outcomes| outcomes.jobs).collect();
    let waits: Vec<i64> = counts.outcomes.values().flat_map(|outcomes| *outcomes.wait.counts()).collect();
    let renders: Vec<i64> = counts.outcomes.values().flat_map(|outcomes| *outcomes.render.counts()).collect();
    let accounts: Vec<_> = counts.accounts.keys().copied().collect();
    let debits: Vec<i64> = counts.accounts.values().map(|moves| moves.debits).collect();
    let refunds: Vec<i64> = counts.accounts.values().map(|moves| moves.refunds).collect();
    let refused: Vec<i64> = counts.accounts.values().map(|moves| moves.refused).collect();
    let hours: Vec<_> = counts.expiries.keys().copied().collect();
    let results: Vec<i64> = counts.expiries.values().map(|stored| stored.results).collect();
    let bytes: Vec<i64> = counts.expiries.values().map(|stored| stored.bytes).collect();
    sqlx::query!(
        r#"
        with new_flush as materialized (
            insert into stat_flush as last (process, number)
            values ($1, $2)
            on conflict (process) do update set number = excluded.number, at = now()
            where last.number < excluded.number
            returning date_trunc('minute', at) as minute
        ), new_minute as (
            insert into stat_minute as total (minute, submitted, completed, failed, result_bytes, render_ms)
            select minute, $3, $4, $5, $6, $7 from new_flush
            on conflict (minute) do update set
                submitted = total.submitted + excluded.submitted,
                completed = total.completed + excluded.completed,
                failed = total.failed + excluded.failed,
                result_bytes = total.result_bytes + excluded.result_bytes,
                render_ms = total.render_ms + excluded.render_ms
        ), new_outcome as (
            insert into stat_outcome as total (minute, type, code, jobs, wait, render)
            select
                minute,
                counted.type::job_type,
                code,
                jobs,
                ($11::bigint[])[(position - 1) * 24 + 1 : position * 24],
                ($12::bigint[])[(position - 1) * 24 + 1 : position * 24]
            from new_flush,
                rows from (unnest($8::text[]), unnest($9::text[]), unnest($10::bigint[]), generate_series(1, cardinality($8)))
                    as counted (type, code, jobs, position)
            on conflict (minute, type, code) do update set
                jobs = total.jobs + excluded.jobs,
                wait = add_counts(total.wait, excluded.wait),
                render = add_counts(total.render, excluded.render)
        ), new_account as (
            insert into stat_account as total (minute, account, debits, refunds, refused)
            select minute, account, debits, refunds, refused
            from new_flush,
                unnest($13::uuid[], $14::bigint[], $15::bigint[], $16::bigint[])
                    as counted (account, debits, refunds, refused)
            on conflict (minute, account) do update set
                debits = total.debits + excluded.debits,
                refunds = total.refunds + excluded.refunds,
                refused = total.refused + excluded.refused
        ), new_expiry as (
            insert into stat_expiry as total (hour, results, bytes)
            select hour, results, bytes
            from new_flush,
                unnest($17::timestamptz[], $18::bigint[], $19::bigint[]) as counted (hour, results, bytes)
            on conflict (hour) do update set
                results = total.results + excluded.results,
                bytes = total.bytes + excluded.bytes
        )
        select from new_flush
        "#,
        db.counters().process,
        number,
        counts.submitted,
        counts.completed,
        counts.failed,
        counts.result_bytes,
        counts.render_ms,
        &types as _,
        &codes as _,
        &jobs,
        &waits,
        &renders,
        &accounts as _,
        &debits,
        &refunds,
        &refused,
        &hours,
        &results,
        &bytes,
    )
    .execute(db)
    .await
    .map(drop)
}
