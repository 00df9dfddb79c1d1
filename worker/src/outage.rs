//! The database's absence, spoken of once.

use std::fmt::Display;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use domain::DbError;
use tokio::time::timeout;
use tracing::{info, warn};

/// Whether the database is away. Whoever meets an error says so; the beat says that it
/// is over.
#[derive(Debug, Default)]
pub(crate) struct Outage(AtomicBool);

impl Outage {
    /// Asks the database for something, and gives up after a while: a connection that is
    /// cut in two never answers.
    pub(crate) async fn ask<T>(
        &self,
        doing: &'static str,
        patience: Duration,
        question: impl Future<Output = Result<T, DbError>>,
    ) -> Option<T> {
        match timeout(patience, question).await {
            Ok(Ok(answer)) => Some(answer),
            Ok(Err(error)) => {
                self.met(doing, &error);
                None
            }
            Err(late) => {
                self.met(doing, &late);
                None
            }
        }
    }

    /// Notes an error.
    pub(crate) fn met(&self, doing: &'static str, error: &dyn Display) {
        if !self.0.swap(true, Ordering::Relaxed) {
            warn!("the database fails while {doing}, and is asked again and again: {error}");
        }
    }

    /// Notes that the database answers.
    pub(crate) fn over(&self) {
        if self.0.swap(false, Ordering::Relaxed) {
            info!("the database answers again");
        }
    }
}
