//! Expiring: how results leave, a whole slot of the ring at a time.

use crate::{Db, DbError};

/// How many slots the ring has.
const SLOTS: i16 = 32;

/// Empties the slots in which everything has expired; answers how many. Any worker may do
/// it at any time, and twice: a slot is looked at again once nobody else can write to it,
/// and one that is being read is left for the next time.
pub async fn expire(db: &Db) -> Result<usize, DbError> {
    let mut swept = 0;
    for slot in 0..SLOTS {
        let emptied = sqlx::query_scalar!(r#"select sweep($1) as "swept!""#, slot).fetch_one(db).await?;
        swept += usize::from(emptied);
    }
    Ok(swept)
}
