//! Logging to standard error, as text or as JSON.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// The filter without `RUST_LOG`. The errors of sqlx's pool repeat ours.
const DEFAULT_FILTER: &str = "info,sqlx=error,sqlx_core=error";

/// Logs to standard error from now on.
pub fn init() {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| DEFAULT_FILTER.into()))
        .init();
}
