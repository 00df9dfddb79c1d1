//! Listing keys, for operators.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::scope::{Scope, Scopes};
use crate::id::KeyId;
use crate::{Db, DbError};

/// A key without its secret.
#[derive(Debug, Clone, Serialize)]
pub struct KeySummary {
    /// The public id.
    pub id: KeyId,
    /// The name of its account.
    pub account: String,
    /// Its name.
    pub name: String,
    /// What it may do.
    pub scopes: Scopes,
    /// Whether it works now.
    pub state: KeyState,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it stops or stopped working by itself.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// The key that replaced it.
    pub replaced_by: Option<KeyId>,
}

/// Whether a key works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum KeyState {
    /// It works.
    Active,
    /// Its time is over.
    Expired,
    /// It was revoked.
    Revoked,
}

impl KeyState {
    /// The name on the command line.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// Lists the newest keys of one account, or of all accounts.
pub async fn list(db: &Db, account: Option<&str>, limit: i64) -> Result<Vec<KeySummary>, DbError> {
    let rows = sqlx::query!(
        r#"
        select
            api_key.id as "id: KeyId",
            account.name as account,
            api_key.name,
            scopes as "scopes: Vec<Scope>",
            api_key.created_at,
            expires_at,
            revoked_at,
            replaced_by as "replaced_by: KeyId",
            coalesce(expires_at <= now(), false) as "is_expired!"
        from api_key
        join account on account.id = api_key.account
        where $1::text is null or account.name = $1
        order by api_key.created_at desc, api_key.id
        limit $2
        "#,
        account,
        limit,
    )
    .fetch_all(db)
    .await?;
    let summaries = rows.into_iter().map(|row| KeySummary {
        id: row.id,
        account: row.account,
        name: row.name,
        scopes: row.scopes.into(),
        state: match (row.revoked_at, row.is_expired) {
            (Some(_), _) => KeyState::Revoked,
            (None, true) => KeyState::Expired,
            (None, false) => KeyState::Active,
        },
        created_at: row.created_at,
        expires_at: row.expires_at,
        revoked_at: row.revoked_at,
        replaced_by: row.replaced_by,
    });
    Ok(summaries.collect())
}
