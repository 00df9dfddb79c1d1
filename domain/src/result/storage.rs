//! What the ring of results and sources occupies, and when it was emptied.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Db, DbError};

/// How many of the newest events are searched for buckets that were emptied.
const MAX_SEARCHED: i64 = 1_000;

/// What the ring occupies, and when it was emptied.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Storage {
    /// How long a result that is stored now is kept.
    pub retention: Duration,
    /// The size of the files of all results, with their indexes.
    pub result_bytes: i64,
    /// The size of the files of all pages that were submitted as HTML.
    pub source_bytes: i64,
    /// How many of the 32 buckets have results.
    pub buckets: i64,
    /// When buckets were emptied lately, newest first: of the last events only.
    pub swept: Vec<DateTime<Utc>>,
}

/// Reads what the ring occupies, and when it was emptied. It reads the sizes of files, and no rows of results.
pub async fn storage(db: &Db) -> Result<Storage, DbError> {
    let row = sqlx::query!(
        r#"
        select
            extract(epoch from retention())::bigint as "retention_s!",
            coalesce(sum(pg_total_relation_size(inhrelid)) filter (where inhparent = 'result'::regclass), 0)::bigint
                as "result_bytes!",
            coalesce(sum(pg_total_relation_size(inhrelid)) filter (where inhparent = 'source'::regclass), 0)::bigint
                as "source_bytes!",
            count(*) filter (where inhparent = 'result'::regclass and pg_relation_size(inhrelid) > 0) as "buckets!",
            array(
                select at
                from (select at, kind, id from event order by id desc limit $1) as newest
                where kind = 'slot.swept'
                order by id desc
                limit 10
            ) as "swept!: Vec<DateTime<Utc>>"
        from pg_inherits
        where inhparent in ('result'::regclass, 'source'::regclass)
        "#,
        MAX_SEARCHED,
    )
    .fetch_one(db)
    .await?;
    Ok(Storage {
        retention: Duration::from_secs(row.retention_s.unsigned_abs()),
        result_bytes: row.result_bytes,
        source_bytes: row.source_bytes,
        buckets: row.buckets,
        swept: row.swept,
    })
}
