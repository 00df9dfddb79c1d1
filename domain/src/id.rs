//! Who and which: one type per kind of identity, so that none is taken for another.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, sqlx::Type)]
        #[sqlx(transparent)]
        pub struct $name(Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(raw: &str) -> Result<Self, Self::Err> {
                raw.parse().map(Self)
            }
        }
    };
}

uuid_id! {
    /// One account.
    AccountId
}
uuid_id! {
    /// One job: a uuid v7, so that ids sort by the time they were made.
    JobId
}
uuid_id! {
    /// Jobs that were submitted together.
    BatchId
}
uuid_id! {
    /// One worker process, for as long as it lives.
    WorkerId
}

impl JobId {
    /// A new id, of now. Its time is a hint: Postgres keeps the real one.
    #[expect(clippy::new_without_default, reason = "every id is another")]
    pub fn new() -> Self {
        Self(Uuid::now_v7())
    }
}

impl BatchId {
    /// A new id, of now.
    #[expect(clippy::new_without_default, reason = "every id is another")]
    pub fn new() -> Self {
        Self(Uuid::now_v7())
    }
}

/// The public part of a key, by which it is found and revoked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::Type)]
#[sqlx(transparent)]
pub struct KeyId(pub(crate) String);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
