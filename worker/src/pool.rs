//! The browser pool: the browsers of this worker, and which account each of them serves.
//!
//! A browser serves one account for its whole life, one kind of output, and one job at a time.
//! There is one of a kind for every slot, and there are clean ones besides, started in advance: a
//! job of an account that has no browser here does not wait for a start. If taking a clean one
//! exceeds the limit, the browser of its kind that has been idle longest is killed.

pub(crate) mod browsers;
pub(crate) mod memory;
pub(crate) mod metrics;
pub(crate) mod replenish;
mod state;
