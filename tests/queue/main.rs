//! The queue alone: `domain` on a real Postgres, with no API, no worker and no Chromium.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "panics are how tests fail")]
#![expect(clippy::disallowed_methods, reason = "stories look behind the statements, and move time")]

mod expiry;
mod fairness;
mod given;
mod history;
mod idempotency;
mod leases;
mod limits;
mod load;
mod parking;
mod plans;
mod races;
