//! The configuration of the API server: command-line flags and environment variables.

use std::path::PathBuf;
use std::time::Duration;

use domain::db::{API_CONNECTIONS, DatabaseUrl};
use domain::egress::Policy;
use domain::secret::KeyList;
use service::http::Limits;
use service::log::LogFormat;

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
    #[arg(long, env = "TINTYPE_LISTEN", default_value = "127.0.0.1:8080", value_parser = address)]
    pub listen: String,

    /// The maximum number of database connections, besides one for notifications and one for health checks.
    #[arg(long, env = "TINTYPE_API_CONNECTIONS", default_value_t = API_CONNECTIONS)]
    #[arg(value_parser = clap::value_parser!(u32).range(2..=MAX_CONNECTIONS))]
    pub connections: u32,

    /// How many seconds a synchronous call waits for its job to start. After that, the job
    /// is cancelled and refunded.
    #[arg(long, env = "TINTYPE_SYNC_WAIT", default_value = "30", value_parser = seconds)]
    pub sync_wait: Duration,

    /// What pages may be loaded from besides the web ports of the public internet: comma-separated `CIDR:port`,
    /// `NAME:port`, `*.DOMAIN:port` or `*:port`, such as `10.1.2.0/24:443,*.svc.cluster.local:443`. Must be the same
    /// for the workers.
    #[arg(
        long,
        env = "TINTYPE_EGRESS_ALLOW",
        value_name = "CIDR|NAME:PORT,…",
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

    /// How log lines are written to standard error: `text`, or `json` for one object a line.
    #[arg(long, env = "TINTYPE_LOG_FORMAT", value_enum, value_name = "FORMAT", default_value = "text")]
    #[arg(hide_possible_values = true)]
    pub log_format: LogFormat,

    /// How many connections of clients are served at once. Beyond it, connections without a request are
    /// closed, and then only health checks are answered [default: 4096, or fewer if the limit of open
    /// files is low].
    #[arg(long, env = "TINTYPE_MAX_CONNECTIONS", value_name = "N")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    pub max_connections: Option<u32>,

    /// How many seconds connections are still accepted after SIGTERM, while `/health/ready` returns 503:
    /// as long as a load balancer needs to notice.
    #[arg(long, env = "TINTYPE_DRAIN_DELAY", value_name = "SECONDS", default_value = "0", value_parser = drain_delay)]
    pub drain_delay: Duration,

    /// The clocks and bounds of connections [default: those of the service].
    #[arg(skip)]
    pub limits: Option<Limits>,

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

/// The most connections of a pool: more than any Postgres is configured for.
const MAX_CONNECTIONS: i64 = 10_000;

/// The longest wait of a synchronous call, in seconds. Proxies give up earlier.
const MAX_SYNC_WAIT_S: u64 = 3_600;

fn seconds(raw: &str) -> Result<Duration, String> {
    match raw.parse() {
        Ok(seconds @ 1..=MAX_SYNC_WAIT_S) => Ok(Duration::from_secs(seconds)),
        Ok(_) | Err(_) => Err(format!("a number of seconds from 1 to {MAX_SYNC_WAIT_S} is needed")),
    }
}

/// Checks that an address has a host and a port. Whether the host exists is known only to the
/// system.
fn address(raw: &str) -> Result<String, &'static str> {
    const EXPECTED: &str = "an address with a port is needed, such as 127.0.0.1:8080, 0.0.0.0:8080 or [::]:8080";
    let (host, port) = raw.rsplit_once(':').ok_or(EXPECTED)?;
    let is_host = !host.is_empty() && (!host.contains(':') || host.starts_with('[') && host.ends_with(']'));
    if is_host && port.parse::<u16>().is_ok() { Ok(raw.to_owned()) } else { Err(EXPECTED) }
}

/// Parses a delay of at most an hour: no load balancer takes longer.
fn drain_delay(raw: &str) -> Result<Duration, String> {
    let seconds = raw.parse().ok().filter(|seconds| *seconds <= 3600);
    seconds.map(Duration::from_secs).ok_or_else(|| "must be a number of seconds from 0 to 3600".to_owned())
}
