//! The questions about results.

use chrono::{DateTime, Utc};
use domain::result::ExpiryCursor;
use serde::{Deserialize, Serialize};

/// A question about results.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ExpiryQuery {
    /// How many expire in each hour.
    Hours,
    /// The first page of those that expire next, or from a time on.
    First(Option<DateTime<Utc>>),
    /// The page behind.
    More(ExpiryCursor),
    /// Whose expire in an hour.
    Accounts(DateTime<Utc>),
    /// What they occupy.
    Storage,
}
