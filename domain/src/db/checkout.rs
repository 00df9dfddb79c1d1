//! A connection while a statement uses it.

use std::sync::Arc;

use sqlx::Postgres;
use sqlx::pool::PoolConnection;
use sqlx::postgres::PgConnection;
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::permits::Permit;
use crate::DbError;

/// Where the console's connection is between its statements.
pub(super) type IdleConnection = Arc<Mutex<Option<PoolConnection<Postgres>>>>;

/// A connection that is closed unless it is returned to the pool, or kept.
pub(super) struct Checkout {
    pub(super) connection: Option<PoolConnection<Postgres>>,
    /// Where it is kept, if it is.
    pub(super) slot: Option<OwnedMutexGuard<Option<PoolConnection<Postgres>>>>,
    /// Held until the statement ends.
    pub(super) _permit: Permit,
}

impl Checkout {
    pub(super) fn connection(&mut self) -> Result<&mut PgConnection, DbError> {
        self.connection.as_deref_mut().ok_or(DbError::PoolClosed)
    }

    pub(super) fn return_to_pool(mut self) {
        match (self.connection.take(), self.slot.as_mut()) {
            (connection, Some(slot)) => **slot = connection,
            (connection, None) => drop(connection),
        }
    }
}

impl Drop for Checkout {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            drop(connection.detach());
        }
    }
}
