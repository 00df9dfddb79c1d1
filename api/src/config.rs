//! What an operator may turn.

use std::time::Duration;

use domain::egress::Policy;
use domain::schema::DatabaseUrl;

/// Serves Tintype's HTTP API: accepts jobs, answers after them, hands out results.
#[derive(Debug, Clone, clap::Parser)]
#[command(name = "tintype-api", version)]
pub struct Config {
    /// The Postgres to work with, by a direct or session-pooled connection.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    #[arg(default_value = "postgres://localhost/tintype")]
    pub database_url: DatabaseUrl,

    /// The address and port to listen on.
    #[arg(long, env = "TINTYPE_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: String,

    /// How many database connections to hold at the most.
    #[arg(long, env = "TINTYPE_API_CONNECTIONS", default_value_t = 16)]
    pub connections: u32,

    /// Seconds that a synchronous call waits for its job to start, before the job is
    /// cancelled and refunded.
    #[arg(long, env = "TINTYPE_SYNC_WAIT", default_value = "30", value_parser = seconds)]
    pub sync_wait: Duration,

    /// Addresses and ports outside the public internet that pages may come from, such as
    /// `10.1.2.0/24:443,127.0.0.1/32:8099`. Give the workers the same.
    #[arg(
        long,
        env = "TINTYPE_EGRESS_ALLOW",
        value_name = "CIDR:PORT,…",
        default_value = "",
        hide_default_value = true
    )]
    pub egress_allow: Policy,

    /// Prints the OpenAPI document and leaves.
    #[arg(long)]
    pub print_openapi: bool,
}

fn seconds(raw: &str) -> Result<Duration, std::num::ParseIntError> {
    raw.parse().map(Duration::from_secs)
}
