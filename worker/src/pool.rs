//! The browser pool: the browsers of this worker, and which account each of them serves.
//!
//! A browser serves one account for its whole life, one kind of output, and one job at a time.
//! It is kept for the next job of its account while all browsers fit into the memory of the pool; then
//! the one that has been idle longest is killed. There are clean ones besides, started in advance: a
//! job of an account that has no browser here does not wait for a start.

pub(crate) mod browsers;
mod budget;
mod count;
pub(crate) mod memory;
pub(crate) mod metrics;
pub(crate) mod replenish;
mod state;
