//! Whether a synchronous call has a worker to wait for.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::{Db, DbError, worker};

/// How long a worker that was alive counts as alive: this saves a statement for nearly every call. One that dies counts
/// as alive for seconds. A call just after the last one has left waits for the next, as if it had come before.
const MAX_AGE: Duration = Duration::from_millis(250);

/// When a worker was last seen alive. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fleet(Arc<Mutex<Option<Instant>>>);

impl Fleet {
    /// Whether any worker is alive, or was a moment ago.
    pub(crate) async fn any_alive(&self, db: &Db) -> Result<bool, DbError> {
        let asked = Instant::now();
        let seen = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.is_some_and(|seen| asked.duration_since(seen) < MAX_AGE) {
            return Ok(true);
        }
        let alive = worker::any_alive(db).await?;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = alive.then_some(asked);
        Ok(alive)
    }
}
