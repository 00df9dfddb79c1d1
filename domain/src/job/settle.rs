//! Settling: what became of a write whose answer never came.

use super::{Fence, State};
use crate::{Db, DbError};

/// How a lease ended its job; `None` where it did not, as when the job was cancelled under it.
pub async fn ended_by(db: &Db, fence: Fence) -> Result<Option<State>, DbError> {
    sqlx::query_scalar!(
        r#"select state as "state!: State" from job 
           where id = $1 and lease = $2 and state is not null and error_code is distinct from 'CANCELLED'"#,
        fence.job as _,
        fence.number,
    )
    .fetch_optional(db)
    .await
}
