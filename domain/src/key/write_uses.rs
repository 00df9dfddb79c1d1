//! Writing when keys were last used.

use std::time::Duration;

use crate::{Db, DbError};

/// Writes which keys this process verified, to the minute, and at most once a minute for each key. What could not be
/// written is kept for the next call.
pub async fn write_uses(db: &Db) -> Result<(), DbError> {
    let uses = db.counters().key_uses();
    let keys = uses.pending();
    if keys.is_empty() {
        return Ok(());
    }
    // Rows are locked in one order, so that two processes never wait for each other.
    let minute_ends_in_s = sqlx::query_scalar!(
        r#"
        with used as materialized (
            select id
            from api_key
            where id = any($1) and (last_used_at < date_trunc('minute', now())) is not false
            order by id
            for no key update
        ), written as (
            update api_key
            set last_used_at = date_trunc('minute', now())
            where id = any(array(select id from used))
        )
        select extract(epoch from date_trunc('minute', now()) + interval '1 minute' - now())::float8 as "seconds!"
        "#,
        &keys,
    )
    .fetch_one(db)
    .await?;
    uses.written(keys, Duration::try_from_secs_f64(minute_ends_in_s).unwrap_or_default());
    Ok(())
}
