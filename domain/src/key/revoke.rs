//! Revoking a key.

use crate::{Db, DbError};

/// What became of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revoked {
    /// It works no more.
    Now,
    /// It was revoked before.
    Before,
    /// There is no such key.
    Unknown,
}

/// Takes a key out of use, at once and for good.
pub async fn revoke(db: &Db, id: &str) -> Result<Revoked, DbError> {
    let row = sqlx::query!(
        r#"
        with revoked as (
            update api_key
            set revoked_at = now()
            where id = $1 and revoked_at is null
            returning id
        )
        select
            exists (select from revoked) as "now!",
            exists (select from api_key where id = $1) as "known!"
        "#,
        id,
    )
    .fetch_one(db)
    .await?;
    Ok(match (row.now, row.known) {
        (true, _) => Revoked::Now,
        (false, true) => Revoked::Before,
        (false, false) => Revoked::Unknown,
    })
}
