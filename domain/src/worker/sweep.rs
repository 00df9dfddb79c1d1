//! Recording that a worker looked for expired buckets: operators see whether anybody does.

use crate::id::WorkerId;
use crate::{Db, DbError};

/// Records that a worker has called [`expire`](crate::job::expire()).
pub async fn record_sweep(db: &Db, worker: WorkerId) -> Result<(), DbError> {
    sqlx::query!("update worker set swept_at = now() where id = $1", worker as _).execute(db).await.map(drop)
}
