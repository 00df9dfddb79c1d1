//! What every process of Tintype needs of its surroundings: logs, metrics, signals and connections.
//!
//! The API, the workers and `tintype up` share it. It knows neither jobs nor routes: whoever uses it
//! hands them in.

pub mod log;
pub mod metrics;
