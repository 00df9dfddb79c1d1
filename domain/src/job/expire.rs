//! Expiring: results leave by the TRUNCATE of a whole bucket of the ring.

use crate::{Db, DbError};

/// How many buckets the ring has.
const BUCKETS: i16 = 32;

/// Truncates the buckets in which everything has expired and returns their number.
///
/// Any number of workers may call it at once. A bucket is checked again once it is locked,
/// and one that is being read is left for the next call.
pub async fn expire(db: &Db) -> Result<usize, DbError> {
    let mut truncated = 0;
    for bucket in 0..BUCKETS {
        let swept = sqlx::query_scalar!(r#"select sweep($1) as "swept!""#, bucket).fetch_one(db).await?;
        truncated += usize::from(swept);
    }
    Ok(truncated)
}
