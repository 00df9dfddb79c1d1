//! The configuration of the API server: command-line flags and environment variables.

use std::time::Duration;

use domain::db::DatabaseUrl;
use domain::egress::Policy;

/// Serves Tintype's HTTP API: accepts jobs, reports their status and returns their results.
#[derive(Debug, Clone, clap::Parser)]
#[command(name = "tintype-api", version)]
pub struct Config {
    /// The URL of the Postgres database. The connection must be direct or session-pooled.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    #[arg(default_value = "postgres://localhost/tintype")]
    pub database_url: DatabaseUrl,

    /// The address and port to listen on.
    #[arg(long, env = "TINTYPE_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: String,

    /// The maximum number of database connections.
    #[arg(long, env = "TINTYPE_API_CONNECTIONS", default_value_t = 16)]
    pub connections: u32,

    /// How many seconds a synchronous call waits for its job to start. After that, the job
    /// is cancelled and refunded.
    #[arg(long, env = "TINTYPE_SYNC_WAIT", default_value = "30", value_parser = seconds)]
    pub sync_wait: Duration,

    /// Non-public addresses and ports that pages may be loaded from, such as
    /// `10.1.2.0/24:443,127.0.0.1/32:8099`. Must be the same for the workers.
    #[arg(
        long,
        env = "TINTYPE_EGRESS_ALLOW",
        value_name = "CIDR:PORT,…",
        default_value = "",
        hide_default_value = true
    )]
    pub egress_allow: Policy,

    /// Print the OpenAPI document and exit.
    #[arg(long)]
    pub print_openapi: bool,
}

fn seconds(raw: &str) -> Result<Duration, std::num::ParseIntError> {
    raw.parse().map(Duration::from_secs)
}
