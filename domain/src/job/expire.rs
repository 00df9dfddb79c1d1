//! Expiring: results leave by the TRUNCATE of a whole bucket of the ring.

use super::metrics;
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
    metrics::swept(truncated);
    Ok(truncated)
}

/// Returns for how many seconds a bucket could have been truncated that was not: 0 if none is late.
/// Call it after [`expire`], which leaves few buckets to read.
///
/// It looks at one bucket at a time. A statement over all of them would lock every partition of
/// `result`, and so keep other workers from truncating one.
pub async fn sweep_lag(db: &Db) -> Result<f64, DbError> {
    let mut lag_s = 0_f64;
    for bucket in 0..BUCKETS {
        let is_left = sqlx::query_scalar!(r#"select is_used($1) and not is_kept($1) as "left!""#, bucket);
        if is_left.fetch_one(db).await? {
            lag_s = lag_s.max(bucket_lag(db, bucket).await?);
        }
    }
    Ok(lag_s)
}

/// Reads the first result of a bucket, which is the first to expire.
async fn bucket_lag(db: &Db, bucket: i16) -> Result<f64, DbError> {
    let lag_s = sqlx::query_scalar!(
        r#"
        select extract(epoch from now() - expires_at - retention() / 24)::float8 as "lag_s!"
        from result
        where slot = $1
        limit 1
        "#,
        bucket
    );
    Ok(lag_s.fetch_optional(db).await?.unwrap_or_default())
}
