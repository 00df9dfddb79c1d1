//! A preview of a result, for operators.

use chrono::{DateTime, Utc};

use crate::db::sqlstate;
use crate::id::JobId;
use crate::{Db, DbError};

/// How many bytes of a result without a thumbnail are read.
pub const HEAD_BYTES: i32 = 2_048;

/// SQLSTATE `insufficient_privilege`.
const FORBIDDEN: &str = "42501";

/// A preview of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// The media type.
    pub content_type: String,
    /// The number of bytes.
    pub size: i64,
    /// When the result expires.
    pub expires_at: DateTime<Utc>,
    /// A small picture, in JPEG or WebP.
    pub thumbnail: Option<Vec<u8>>,
    /// Without a thumbnail, the first [`HEAD_BYTES`] bytes. Empty for a role that may not read results.
    pub head: Vec<u8>,
}

/// Reads a preview of a job's result; `None` if there is none, or it has expired.
pub async fn preview(db: &Db, job: JobId) -> Result<Option<Preview>, DbError> {
    let row = sqlx::query!(
        r#"
        select
            job.slot as "bucket!",
            job.expires_at as "expires_at!",
            stored.content_type as "content_type!",
            stored.size as "size!",
            stored.thumbnail
        from job
        cross join lateral result_preview(job.slot, job.id) as stored
        where job.id = $1 and job.expires_at > now()
        "#,
        job as _,
    )
    .fetch_optional(db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let head = if row.thumbnail.is_some() { Vec::new() } else { head(db, row.bucket, job).await? };
    let (content_type, size, expires_at) = (row.content_type, row.size, row.expires_at);
    Ok(Some(Preview { content_type, size, expires_at, thumbnail: row.thumbnail, head }))
}

async fn head(db: &Db, bucket: i16, job: JobId) -> Result<Vec<u8>, DbError> {
    let head = sqlx::query_scalar!("select result_slice($1, $2, 0, $3)", bucket, job as _, HEAD_BYTES);
    match head.fetch_one(db).await {
        Ok(head) => Ok(head.unwrap_or_default()),
        Err(error) if sqlstate(&error).is_some_and(|code| code == FORBIDDEN) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}
