//! Response bodies.

pub(crate) mod account;
pub(crate) mod batch;
pub(crate) mod job;
pub(crate) mod warning;
