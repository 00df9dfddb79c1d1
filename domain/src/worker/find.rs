//! Finding workers by what operators call them.

use crate::id::WorkerId;
use crate::{Db, DbError};

/// Returns the registrations with this name or id, the last to beat first. A name may have several: that of a lost
/// worker, and that of the process that took its place.
pub async fn find(db: &Db, name_or_id: &str) -> Result<Vec<WorkerId>, DbError> {
    sqlx::query_scalar!(
        r#"select id as "id: WorkerId" from worker where name = $1 or id::text = lower($1) order by beat_at desc limit 20"#,
        name_or_id,
    )
    .fetch_all(db)
    .await
}
