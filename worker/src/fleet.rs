//! The fleet: this worker's place among all workers of a database, and its share of the work.

pub(crate) mod auditor;
pub(crate) mod beat;
pub(crate) mod claim_loop;
pub(crate) mod maintenance;
pub(crate) mod membership;
pub(crate) mod metrics;
