//! Permits: which statements may use the connections of a pool at once.
//!
//! A pool is small, because every connection is a process of the server. A statement takes
//! milliseconds, with two exceptions that no beat may wait behind: one that waits for a lock, and
//! one that carries megabytes. So one connection is kept for urgent statements, and at most half of
//! the others carry large values at once.

use std::sync::Arc;

use sqlx::Error;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A value of at least this size counts as large.
const LARGE_BYTES: usize = 256 * 1024;

/// The permits of one pool. Clones share them.
#[derive(Debug, Clone)]
pub(super) struct Permits {
    ordinary: Arc<Semaphore>,
    large: Arc<Semaphore>,
}

/// Permission to use a connection. Dropping it returns it.
#[derive(Debug)]
pub(crate) struct Permit {
    _held: Option<OwnedSemaphorePermit>,
}

impl Permit {
    /// The permit of a statement that needs none.
    pub(super) const UNLIMITED: Self = Self { _held: None };
}

impl Permits {
    /// The permits of a pool with this many connections. A pool of one keeps none back.
    pub(super) fn new(connections: u32) -> Self {
        let ordinary = usize::try_from(connections).unwrap_or(Semaphore::MAX_PERMITS).saturating_sub(1).max(1);
        let semaphore = |permits: usize| Arc::new(Semaphore::new(permits.min(Semaphore::MAX_PERMITS)));
        Self { ordinary: semaphore(ordinary), large: semaphore(ordinary.div_ceil(2)) }
    }

    /// Waits for a permit to run a statement that is not urgent, for as long as it takes.
    pub(super) async fn ordinary(&self) -> Result<Permit, Error> {
        acquire(&self.ordinary).await
    }

    /// Waits for a permit to send or receive a value of this size, besides the statement's own.
    pub(super) async fn large(&self, bytes: usize) -> Result<Permit, Error> {
        if bytes < LARGE_BYTES { Ok(Permit::UNLIMITED) } else { acquire(&self.large).await }
    }
}

async fn acquire(permits: &Arc<Semaphore>) -> Result<Permit, Error> {
    let permit = Arc::clone(permits).acquire_owned().await.map_err(|_closed| Error::PoolClosed)?;
    Ok(Permit { _held: Some(permit) })
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::{LARGE_BYTES, Permits};

    #[tokio::test]
    async fn one_connection_stays_free_and_half_of_the_others_carry_large_values() {
        for (connections, ordinary, large) in [(1, 1, 1), (2, 1, 1), (4, 3, 2), (5, 4, 2), (8, 7, 4)] {
            let permits = Permits::new(connections);
            let mut held = Vec::new();
            while let Some(Ok(permit)) = permits.ordinary().now_or_never() {
                held.push(permit);
            }
            let mut carried = Vec::new();
            while let Some(Ok(permit)) = permits.large(LARGE_BYTES).now_or_never() {
                carried.push(permit);
            }

            assert_eq!((held.len(), carried.len()), (ordinary, large), "{connections} connections");
            assert!(permits.large(LARGE_BYTES - 1).now_or_never().is_some(), "small values need no permit");
        }
    }
}
