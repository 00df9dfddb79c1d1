//! What every process of Tintype needs of its surroundings: logs, metrics, signals and connections.
//!
//! The API, the workers and the operator's tool share it. It knows neither jobs nor routes: its callers
//! hand them in.

pub mod log;
pub mod metrics;
