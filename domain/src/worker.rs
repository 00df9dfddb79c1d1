//! Workers: processes that render, and the beats that prove they live.

mod beat;
mod drain;
mod find;
mod fleet;
mod in_flight;
mod mark_lost;
mod register;
mod release;
mod retire;
mod sweep;

pub use beat::{Beat, BeatError, WorkerStats, beat};
pub use drain::{Drain, drain, undrain};
pub use find::find;
pub use fleet::{Fleet, MAX_WORKERS, Worker, WorkerState, fleet};
pub use in_flight::{InFlightJob, MAX_IN_FLIGHT, in_flight};
pub use mark_lost::mark_lost;
pub use register::{WorkerInfo, register};
pub use release::{MAX_RELEASED, Released, release};
pub use retire::{forget_lost, retire};
pub use sweep::record_sweep;

use std::time::Duration;

use crate::{Db, DbError};

/// How often a worker beats.
pub const BEAT_INTERVAL: Duration = Duration::from_secs(3);

/// A worker whose last beat is older than this is late: at least one beat is missing.
pub const LATE_AFTER: Duration = Duration::from_secs(7);

/// A worker that could not beat for this long stops working. After 15 seconds, other workers
/// take over its jobs.
pub const MAX_SILENCE: Duration = Duration::from_secs(10);

/// How many jobs a worker with this many slots holds at once: those that it renders, and some
/// whose results are being stored. No slot waits for storage, and while storage is slow,
/// results do not pile up.
pub const fn max_jobs(slots: u32) -> u32 {
    slots.saturating_add(slots / 4).saturating_add(2)
}

/// Whether any worker is alive.
pub async fn any_alive(db: &Db) -> Result<bool, DbError> {
    sqlx::query_scalar!(r#"select exists (select from worker where is_alive(beat_at)) as "alive!""#).fetch_one(db).await
}
