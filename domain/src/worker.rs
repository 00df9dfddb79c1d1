//! Workers: processes that render, and the proof that they live.

mod beat;
mod register;
mod retire;

pub use beat::{BeatError, beat};
pub use register::{About, register};
pub use retire::{forget, retire};

use std::time::Duration;

use crate::{Db, DbError};

/// How often a worker says that it lives.
pub const BEAT: Duration = Duration::from_secs(3);

/// A worker that cannot beat for this long stops working before others take over, which
/// they do after 15 seconds.
pub const SILENCE: Duration = Duration::from_secs(10);

/// How many jobs a worker of so many slots has at once: those that it renders, and some whose
/// files are on their way to Postgres. No slot waits for that, and where it is slow files do
/// not pile up.
pub const fn most_jobs(slots: u32) -> u32 {
    slots.saturating_add(slots / 4).saturating_add(2)
}

/// How many connections its pool needs so that no beat waits behind a result.
pub const fn connections(slots: u32) -> u32 {
    most_jobs(slots).saturating_add(4)
}

/// Whether any worker is alive.
pub async fn any_alive(db: &Db) -> Result<bool, DbError> {
    sqlx::query_scalar!(r#"select exists (select from worker where is_alive(beat_at)) as "alive!""#).fetch_one(db).await
}
