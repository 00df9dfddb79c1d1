//! The configuration of the API server: command-line flags and environment variables.

use std::path::PathBuf;
use std::time::Duration;

use domain::db::DatabaseUrl;
use domain::egress::Policy;
use domain::secret::KeyList;

use crate::client::TrustedProxies;

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

    /// The keys that encrypt `headers`, `cookies` and `basic_auth` of jobs: comma-separated, each 32
    /// bytes in base64 or hexadecimal. The first one encrypts, and all of them decrypt. Without a
    /// key, requests with these fields are rejected. Must be the same for the workers.
    #[arg(long, env = "TINTYPE_SECRET_KEY", hide_env_values = true, value_name = "KEY,…")]
    pub secret_key: Option<KeyList>,

    /// A file with these keys, used if `--secret-key` is not set.
    #[arg(long, env = "TINTYPE_SECRET_KEY_FILE", value_name = "PATH")]
    pub secret_key_file: Option<PathBuf>,

    /// Addresses or networks of reverse proxies, such as `127.0.0.1,10.0.0.0/8`, whose
    /// `X-Forwarded-For` is trusted. It tells the clients apart whose invalid keys are limited.
    #[arg(long, env = "TINTYPE_TRUSTED_PROXIES", value_name = "CIDR,…", default_value = "", hide_default_value = true)]
    pub trusted_proxies: TrustedProxies,

    /// Print the OpenAPI document and exit.
    #[arg(long)]
    pub print_openapi: bool,
}

impl Default for Config {
    /// Returns the defaults of the flags, and what the environment sets.
    fn default() -> Self {
        clap::Parser::parse_from(["tintype-api"])
    }
}

fn seconds(raw: &str) -> Result<Duration, std::num::ParseIntError> {
    raw.parse().map(Duration::from_secs)
}
