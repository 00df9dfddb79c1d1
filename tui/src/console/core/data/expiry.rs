//! The answers to questions about results.

use domain::overview::Expiry;
use domain::result::{Expiring, ExpiringAccounts, Storage};
use serde::{Deserialize, Serialize};

/// The answer to a question about results.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ExpiryData {
    /// How many expire in each hour.
    Hours(Vec<Expiry>),
    /// The first page of those that expire next.
    First(Vec<Expiring>),
    /// The page behind.
    More(Vec<Expiring>),
    /// Whose expire in an hour.
    Accounts(ExpiringAccounts),
    /// What they occupy.
    Storage(Storage),
}
