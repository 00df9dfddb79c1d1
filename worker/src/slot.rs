//! Slots: each renders one job at a time, ends it under its lease, and recycles its browser.

mod attempt;
pub(crate) mod context;
mod finish;
pub(crate) mod in_flight;
pub(crate) mod lane;
mod log_context;
pub(crate) mod metrics;
mod outcome;
pub(crate) mod recent;
mod recycle;
pub(crate) mod run;
mod source;
mod spans;
