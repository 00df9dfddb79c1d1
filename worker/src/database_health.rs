//! Database health: logs an outage once when it begins and once when it ends, and a missing
//! privilege once per statement.

use std::collections::HashSet;
use std::fmt::Display;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::DbError;
use domain::db::{denied, describe};
use metrics::{counter, describe_counter, gauge};
use tokio::time::timeout;
use tracing::{error, info, warn};

const UP: &str = "tintype_database_up";
const ERRORS: &str = "tintype_database_errors_total";

/// Describes the metrics of the database as a worker sees it.
pub(crate) fn describe_metrics() {
    describe_counter!(ERRORS, "Database errors by the verb that met them. All of them are retried.");
    for verb in ["beat", "claim", "finish", "reap"] {
        counter!(ERRORS, "verb" => verb).increment(0);
    }
}

/// Whether the database responds. Any query may report an error; only a beat reports that
/// the outage is over.
#[derive(Debug, Default)]
pub(crate) struct DatabaseHealth {
    failing: AtomicBool,
    /// The queries that the role of this worker may not execute.
    denied: Mutex<HashSet<&'static str>>,
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
            Ok(Ok(value)) => {
                self.set_denied(name, false);
                Some(value)
            }
            Ok(Err(error)) => {
                self.report(name, &error);
                None
            }
            Err(elapsed) => {
                self.report_error(name, &elapsed);
                None
            }
        }
    }

    /// Logs the error of a query: that the role lacks a privilege, or that the database is away.
    pub(crate) fn report(&self, query: &'static str, error: &DbError) {
        match denied(error) {
            Some(reason) => self.report_denied(query, &reason),
            None => self.report_error(query, &describe(error)),
        }
    }

    /// Logs that the role may not execute a query, unless it was already logged. That is no
    /// outage: other queries go on, and no beat ends it.
    fn report_denied(&self, query: &'static str, reason: &str) {
        if self.set_denied(query, true) {
            error!("`{query}` is not permitted: {reason}");
        }
    }

    /// Returns whether this is news.
    fn set_denied(&self, query: &'static str, is_denied: bool) -> bool {
        let mut denied = self.denied.lock().unwrap_or_else(PoisonError::into_inner);
        if is_denied { denied.insert(query) } else { denied.remove(query) }
    }

    /// Logs the error, unless the outage was already logged.
    pub(crate) fn report_error(&self, query: &'static str, error: &dyn Display) {
        counter!(ERRORS, "verb" => query).increment(1);
        gauge!(UP).set(0.0);
        if !self.failing.swap(true, Ordering::Relaxed) {
            warn!("database error in `{query}`, retrying: {error}");
        }
    }

    /// Logs that the outage is over, if there was one.
    pub(crate) fn report_success(&self) {
        gauge!(UP).set(1.0);
        if self.failing.swap(false, Ordering::Relaxed) {
            info!("the database responds again");
        }
    }
}
