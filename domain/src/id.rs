//! Ids: one type per kind, so that none is mistaken for another.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

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

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
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
    /// One job: a UUID v7, so that ids sort by creation time.
    JobId
}
uuid_id! {
    /// One batch.
    BatchId
}
uuid_id! {
    /// One worker process.
    WorkerId
}

impl JobId {
    /// After every job.
    pub(crate) const LAST: Self = Self(Uuid::max());

    /// Whether the job is in a sample of one of `count`: always the same answer for a job.
    pub fn is_sampled(self, count: u32) -> bool {
        // The id ends in random bits.
        count > 0 && self.0.as_u128().is_multiple_of(count.into())
    }

    /// A new id. The time in it is a hint: Postgres keeps the real one.
    #[expect(clippy::new_without_default, reason = "every id is different")]
    pub fn new() -> Self {
        Self(Uuid::now_v7())
    }

    /// The smallest id of this long before.
    pub(crate) fn earlier(self, by: Duration) -> Self {
        let ms = (self.0.as_u128() >> 80).saturating_sub(by.as_millis());
        Self(Uuid::from_u128(ms << 80))
    }
}

impl BatchId {
    /// A new id.
    #[expect(clippy::new_without_default, reason = "every id is different")]
    pub fn new() -> Self {
        Self(Uuid::now_v7())
    }
}

/// The public part of a key.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[sqlx(transparent)]
pub struct KeyId(pub(crate) String);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
