//! The words, the rules and every SQL statement of Tintype.
//!
//! A noun is a module, a verb is a file in it, and a verb is one SQL statement, so Rust holds
//! no transaction and no lock while Chromium works. `ls domain/src/job` lists the transitions of
//! a job:
//!
//! ```text
//!  submit ──► queued ──claim──► processing ──complete──► completed ──24 h──► expired
//!               ▲  │               │  │
//!               │  └──cancel──┐    │  └──fail, or attempts spent──► failed, refunded
//!               │             ▼    │                                  ▲
//!               │           failed │                                  │
//!               └── retry, release, reap (its worker died) ───────────┘
//! ```
//!
//! * **Money moves in the statement that moves the job**: [`job::submit`] debits;
//!   [`job::Lease::fail`], [`job::cancel`] and [`job::reap`] refund.
//! * **The number of the lease is the fence**: every write by a worker names it, so a worker
//!   that was given up for dead and wakes late changes no row.
//! * **Permission is a value**: only a [`job::Claimant`] makes a [`job::Lease`], and only a
//!   verified key makes a [`key::Caller`].
//! * **Effects belong to verbs**: a verb that changes rows also notifies and counts, through
//!   the [`Db`] that it is given.
//! * **Postgres keeps the time.** No process's clock decides a lease or an expiry.
//!
//! There is no HTTP here, no Chromium and no logging: the other crates translate and log.

pub mod account;
pub mod audit;
mod completion;
pub mod counters;
pub mod db;
pub mod doctor;
pub mod egress;
pub mod event;
mod gather;
pub mod health;
pub mod histogram;
pub mod id;
pub mod idempotency;
pub mod job;
pub mod key;
pub mod metrics;
#[cfg(any(feature = "mutant-fence", feature = "mutant-owner", feature = "mutant-refund"))]
mod mutant;
pub mod notify;
pub mod options;
pub mod overview;
pub mod result;
pub mod retention;
pub mod secret;
pub mod usage;
pub mod worker;

pub use db::{Db, DbError};
