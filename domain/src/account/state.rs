//! Whether an account may submit.

use serde::{Deserialize, Serialize};

/// Whether an account may submit.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, strum::EnumString, strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum AccountState {
    /// It may.
    Active,
    /// An operator suspended it.
    Suspended,
}

impl AccountState {
    /// The name on the command line and in the database's output.
    pub fn name(self) -> &'static str {
        self.into()
    }
}
