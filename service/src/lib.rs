//! What every process of Tintype needs of its surroundings: logs, metrics, signals and connections.
//!
//! The API, the workers and the operator's tool share it. It knows neither jobs nor routes: its callers
//! hand them in.

pub mod command_line;
pub mod environment;
pub mod health;
pub mod host;
pub mod http;
pub mod init;
pub mod limits;
pub mod line_queue;
pub mod log;
pub mod manual;
pub mod metrics;
pub mod print;
pub mod signals;
pub mod stderr;
pub mod trace;
