//! Response bodies.

pub(crate) mod account;
pub(crate) mod batch;
pub(crate) mod job;
pub(crate) mod job_error;
pub(crate) mod job_list;
pub(crate) mod usage;
pub(crate) mod warning;
