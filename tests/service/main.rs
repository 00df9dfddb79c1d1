//! The stories of the service, from outside: real Postgres, real Chromium, real HTTP.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "panics are how tests fail")]

mod again;
mod batches;
mod cancelling;
mod commands;
mod console;
mod crashes;
mod documents;
mod inputs;
mod keys;
mod leases;
mod money;
mod pages;
mod phases;
mod pictures;
mod rates;
mod results;
mod up;
mod waiting;
