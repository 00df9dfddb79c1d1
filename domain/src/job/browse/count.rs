//! Counting a selection, up to a cap.

use super::page::browse;
use super::selection::Selection;
use crate::id::JobId;
use crate::{Db, DbError};

/// The largest number of jobs that is counted, and changed at once.
pub const MAX_COUNTED: i64 = 1_000;

/// Returns the jobs of a selection, newest first: [`MAX_COUNTED`] and one more, if there are more.
pub async fn count(db: &Db, selection: &Selection) -> Result<Vec<JobId>, DbError> {
    let page = browse(db, selection, None, MAX_COUNTED + 1).await?;
    Ok(page.jobs.into_iter().map(|job| job.id).collect())
}

/// Returns how many jobs have been submitted after a job, up to [`MAX_COUNTED`].
pub async fn newer(db: &Db, than: JobId) -> Result<i64, DbError> {
    sqlx::query_scalar!(
        r#"
        select count(*) as "jobs!"
        from (select from job where id > $1 limit $2) as newer
        "#,
        than as _,
        MAX_COUNTED,
    )
    .fetch_one(db)
    .await
}
