//! Slots: each renders one job at a time, ends it under its lease, and recycles its browser.

pub(crate) mod context;
mod finish;
pub(crate) mod in_flight;
mod log_context;
pub(crate) mod metrics;
mod outcome;
pub(crate) mod recent;
mod recycle;
pub(crate) mod run;
mod spans;
