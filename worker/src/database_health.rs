//! Database health: logs an outage once when it begins and once when it ends.

use std::fmt::Display;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use domain::DbError;
use tokio::time::timeout;
use tracing::{info, warn};

/// Whether the database responds. Any query may report an error; only a beat reports that
/// the outage is over.
#[derive(Debug, Default)]
pub(crate) struct DatabaseHealth {
    failing: AtomicBool,
}

impl DatabaseHealth {
    /// Runs a query and returns its result; on an error, or after `limit`, reports it and
    /// returns `None`. A connection whose packets are dropped never returns an error.
    pub(crate) async fn query<T>(
        &self,
        name: &'static str,
        limit: Duration,
        query: impl Future<Output = Result<T, DbError>>,
    ) -> Option<T> {
        match timeout(limit, query).await {
            Ok(Ok(value)) => Some(value),
            Ok(Err(error)) => {
                self.report_error(name, &error);
                None
            }
            Err(elapsed) => {
                self.report_error(name, &elapsed);
                None
            }
        }
    }

    /// Logs the error, unless the outage was already logged.
    pub(crate) fn report_error(&self, query: &'static str, error: &dyn Display) {
        if !self.failing.swap(true, Ordering::Relaxed) {
            warn!("database error in `{query}`, retrying: {error}");
        }
    }

    /// Logs that the outage is over, if there was one.
    pub(crate) fn report_success(&self) {
        if self.failing.swap(false, Ordering::Relaxed) {
            info!("the database responds again");
        }
    }
}
