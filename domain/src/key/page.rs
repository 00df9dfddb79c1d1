//! Listing keys, for operators.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use super::condition::KeyCondition;
use super::scope::Scopes;
use crate::id::KeyId;
use crate::{Db, DbError};

/// How many keys one page examines at most, if they are filtered.
pub const MAX_EXAMINED: i64 = 600;

/// A key without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// How it is used.
    pub condition: KeyCondition,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// Who created it; unknown for keys from before that was recorded.
    pub created_by: Option<String>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it stops or stopped working by itself.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// The key that replaced it.
    pub replaced_by: Option<KeyId>,
    /// Jobs per minute; `None` if only its account is limited.
    pub rate: Option<i32>,
    /// Jobs at once.
    pub burst: Option<i32>,
}

/// Whether a key works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr)]
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

/// Which keys are listed: those that match every part that is set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyFilter {
    /// Keys of the account with this name.
    pub account: Option<String>,
    /// Keys in this condition.
    pub condition: Option<KeyCondition>,
    /// Keys with this text in their name, or whose id starts with it.
    pub text: Option<String>,
    /// The key with this id, with or without `tt_`. What follows the id of a whole key is left out.
    pub id: Option<String>,
}

/// Where the next page starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyCursor {
    /// When the last key of this page was created.
    pub created_at: DateTime<Utc>,
    /// Its id.
    pub id: KeyId,
}

/// A page of keys.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyPage {
    /// The time, by the database's clock.
    pub at: DateTime<Utc>,
    /// The keys, newest first.
    pub keys: Vec<KeySummary>,
    /// Where the next page starts; `None` on the last page. At most [`MAX_EXAMINED`] keys are examined, so a page may
    /// have few keys although there are more.
    pub next: Option<KeyCursor>,
}

impl KeyFilter {
    /// The id of a key, as operators copy it.
    fn bare_id(&self) -> Option<&str> {
        let id = self.id.as_deref()?;
        id.strip_prefix("tt_").unwrap_or(id).split('_').next()
    }

    fn passes_everything_of_its_account(&self) -> bool {
        self.condition.is_none() && self.text.is_none()
    }
}

/// Returns the keys that pass the filter, newest first.
pub async fn page(db: &Db, filter: &KeyFilter, after: Option<&KeyCursor>, limit: i64) -> Result<KeyPage, DbError> {
    let examined = if filter.passes_everything_of_its_account() { limit } else { MAX_EXAMINED.max(limit) };
    let row = sqlx::query!(
        r#"
        with owner as materialized (
            select id from account where name = $1
        ), examined as materialized (
            (
                select
                    id, account, name, scopes, created_at, created_by, last_used_at, expires_at, revoked_at, replaced_by,
                    rate, burst, key_condition(now(), revoked_at, expires_at, last_used_at, created_by) as condition
                from api_key
                where $1::text is null and $8::text is null and (created_at, id) < (coalesce($2::timestamptz, 'infinity'), $3::text)
                order by created_at desc, id desc
                limit $4
            ) union all (
                select
                    id, account, name, scopes, created_at, created_by, last_used_at, expires_at, revoked_at, replaced_by,
                    rate, burst, key_condition(now(), revoked_at, expires_at, last_used_at, created_by) as condition
                from api_key
                where account = (select id from owner) and $8 is null and (created_at, id) < (coalesce($2::timestamptz, 'infinity'), $3::text)
                order by created_at desc, id desc
                limit $4
            ) union all (
                select
                    id, account, name, scopes, created_at, created_by, last_used_at, expires_at, revoked_at, replaced_by,
                    rate, burst, key_condition(now(), revoked_at, expires_at, last_used_at, created_by) as condition
                from api_key
                where id = $8 and (created_at, id) < (coalesce($2::timestamptz, 'infinity'), $3::text)
            )
        ), matched as materialized (
            select *
            from examined
            where ($5::text is null or condition = $5)
                and ($6::text is null or starts_with(id, $6) or strpos(lower(name), lower($6)) > 0)
            order by created_at desc, id desc
            limit $7
        ), owners as materialized (
            select held.id, held.name
            from (select distinct account from matched) as distinct_account
            cross join lateral (
                select id, name from account where id = distinct_account.account
                -- Each is looked up by its key: a join could be planned as a scan of all accounts.
                offset 0
            ) as held
        ), listed as (
            select
                matched.id, owners.name as account, matched.name, scopes, condition, created_at, created_by, last_used_at,
                expires_at, revoked_at, replaced_by, rate, burst,
                case condition when 'revoked' then 'revoked' when 'expired' then 'expired' else 'active' end as state
            from matched
            join owners on owners.id = matched.account
        ), last as (
            (select created_at, id from matched where (select count(*) from matched) = $7 order by 1, 2 limit 1)
            union all
            (select created_at, id from examined where (select count(*) from examined) = $4 order by 1, 2 limit 1)
            order by 1 desc, 2 desc
            limit 1
        )
        select
            now() as "at!",
            (
                select coalesce(json_agg(listed order by created_at desc, id desc), '[]') from listed
            ) as "keys!: Json<Vec<KeySummary>>",
            (select json_build_object('created_at', created_at, 'id', id) from last) as "next: Json<KeyCursor>"
        "#,
        filter.account,
        after.map(|after| after.created_at),
        after.map(|after| after.id.0.as_str()).unwrap_or_default(),
        examined,
        filter.condition.map(KeyCondition::name),
        filter.text,
        limit,
        filter.bare_id(),
    )
    .fetch_one(db)
    .await?;
    Ok(KeyPage { at: row.at, keys: row.keys.0, next: row.next.map(|next| next.0) })
}
