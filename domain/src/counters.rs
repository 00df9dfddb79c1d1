//! Counters: what the verbs of this process did, added up and written once a second.

mod counts;
mod flush;
mod forget;
mod key_uses;

pub use flush::flush;
pub use forget::forget;

pub(crate) use counts::Counts;

use std::sync::{Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

use counts::Flushing;
use key_uses::KeyUses;

/// Counts since the last flush.
#[derive(Debug)]
pub(crate) struct Counters {
    /// Tells the flushes of this process from those of others.
    process: Uuid,
    counts: Mutex<Counts>,
    flushing: tokio::sync::Mutex<Flushing>,
    key_uses: KeyUses,
}

impl Default for Counters {
    fn default() -> Self {
        Self {
            process: Uuid::now_v7(),
            counts: Mutex::default(),
            flushing: tokio::sync::Mutex::default(),
            key_uses: KeyUses::default(),
        }
    }
}

impl Counters {
    /// The counts, to add to them.
    pub(crate) fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The keys that were verified since they were last written.
    pub(crate) fn key_uses(&self) -> &KeyUses {
        &self.key_uses
    }

    fn take(&self) -> Counts {
        std::mem::take(&mut *self.counts())
    }
}
