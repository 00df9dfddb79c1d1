//! How a key is used.

use serde::{Deserialize, Serialize};

/// How a key is used, in one word. The database decides, in `key_condition`.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    sqlx::Type,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantNames,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum KeyCondition {
    /// It was used in the last 24 hours.
    Active,
    /// It was used in the last 30 days.
    Idle,
    /// It was used, but not in the last 30 days.
    Stale,
    /// It was never used.
    NeverUsed,
    /// It is from before uses were recorded, and was not used since.
    Unknown,
    /// It works for at most 7 more days.
    ExpiresSoon,
    /// Its time is over.
    Expired,
    /// It was revoked.
    Revoked,
}

impl KeyCondition {
    /// The name on the command line and in the database.
    pub fn name(self) -> &'static str {
        self.into()
    }
}
