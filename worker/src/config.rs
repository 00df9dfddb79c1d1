//! The configuration of a worker: its command line and environment.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::ArgAction;
use clap::builder::BoolishValueParser;
use domain::db::{DatabaseUrl, WORKER_CONNECTIONS};
use domain::egress::Policy;
use domain::job::DEFAULT_MAX_AGE_HOURS;
use domain::secret::{InvalidKeyring, KeyList, Keyring};
use service::host::host_and_process;
use service::log::LogFormat;

use crate::egress::{Dialer, Resolver};

/// Renders the jobs of Tintype: takes them from Postgres, and renders them in Chromium.
///
/// Any number of workers may run, on any number of hosts. On SIGTERM a worker lets renders
/// finish for the grace period and releases the rest; a second SIGTERM releases them at once.
#[derive(Debug, clap::Parser)]
#[command(name = "tintype-worker", version, subcommand_negates_reqs = true)]
pub struct Args {
    /// The Postgres database of the jobs. A direct or session-pooled connection is required.
    #[arg(long, env, hide_env_values = true, value_name = "URL", required = true)]
    pub database_url: Option<DatabaseUrl>,

    /// The configuration of the worker.
    #[command(flatten)]
    pub config: Config,

    /// How log lines are written to standard error: `text`, or `json` for one object a line.
    #[arg(long, env = "TINTYPE_LOG_FORMAT", value_enum, value_name = "FORMAT", default_value = "text")]
    #[arg(hide_possible_values = true)]
    pub log_format: LogFormat,

    /// A command to run instead of working.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// A command that the worker's program runs instead of working.
#[derive(Debug, Clone, Copy, clap::Subcommand)]
pub enum Command {
    /// Tests the protections that keep pages from reaching anything but the public internet,
    /// and reports each. Needs no database. Fails if a protection is not in force.
    Doctor,
}

/// The configuration of a worker.
#[derive(Debug, Clone, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub struct Config {
    /// How many pages this process renders at once [default: the number of cores, at least 2].
    #[arg(long, env = "TINTYPE_SLOTS", default_value_t = default_slots(), hide_default_value = true)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=256))]
    pub slots: u16,

    /// The maximum number of database connections, besides one for notifications and one for health checks.
    #[arg(long, env = "TINTYPE_CONNECTIONS", default_value_t = WORKER_CONNECTIONS)]
    #[arg(value_parser = clap::value_parser!(u32).range(2..=1000))]
    pub connections: u32,

    /// The browser's binary [default: chrome-headless-shell or Chromium in its usual locations].
    #[arg(long, env = "TINTYPE_CHROMIUM", value_name = "PATH")]
    pub chromium: Option<PathBuf>,

    /// The unprivileged user that browsers run as if the worker is started as root.
    #[arg(long, env = "TINTYPE_BROWSER_USER", value_name = "USER", default_value = DEFAULT_BROWSER_USER)]
    pub browser_user: String,

    /// A folder of fonts that pages may use by name, besides those of the system.
    #[arg(long, env = "TINTYPE_FONTS", value_name = "DIR")]
    pub fonts: Option<PathBuf>,

    /// A folder of filter lists that replace those of the release: `ads*.txt`, `trackers*.txt` and
    /// `cookies*.txt`, each in the syntax of Adblock Plus.
    #[arg(long, env = "TINTYPE_LISTS", value_name = "DIR")]
    pub lists: Option<PathBuf>,

    /// What pages may reach besides the web ports of the public internet: comma-separated addresses (`CIDR:port`,
    /// such as `127.0.0.1/32:8099`), names (`NAME:port` or `*.DOMAIN:port`, which may then be resolved, and whose
    /// addresses must be public or listed, too) and ports of every public host (`*:port`).
    #[arg(
        long,
        env = "TINTYPE_EGRESS_ALLOW",
        value_name = "CIDR|NAME:PORT,…",
        default_value = "",
        hide_default_value = true
    )]
    pub egress_allow: Policy,

    /// The name servers that resolve the hosts of pages: comma-separated `IP[:port]`
    /// [default: those of the system].
    #[arg(long, env = "TINTYPE_RESOLVER", value_name = "IP:PORT,…")]
    pub resolver: Option<Resolver>,

    /// Fail if browsers cannot be given network namespaces of their own. Without this, browsers
    /// rely on their flags where the system does not allow namespaces.
    #[arg(long, env = "TINTYPE_REQUIRE_NETNS", conflicts_with = "no_netns", value_parser = BoolishValueParser::new())]
    pub require_netns: bool,

    /// Do not give browsers network namespaces of their own, and rely on their flags.
    #[arg(long, env = "TINTYPE_NO_NETNS", value_parser = BoolishValueParser::new())]
    pub no_netns: bool,

    /// Start browsers without their sandbox. A page that exploits its renderer then has the
    /// permissions of the browser's user.
    #[arg(long, env = "TINTYPE_UNSAFE_NO_SANDBOX", value_parser = BoolishValueParser::new())]
    pub unsafe_no_sandbox: bool,

    /// The most memory that a browser may use for one page, in MiB. Beyond it, the render fails
    /// and the browser is killed.
    #[arg(long, env = "TINTYPE_BROWSER_MEMORY", value_name = "MIB", default_value_t = DEFAULT_BROWSER_MEMORY_MIB)]
    #[arg(value_parser = clap::value_parser!(u32).range(256..=65536))]
    pub browser_memory: u32,

    /// The memory that all browsers together may use, in MiB, while browsers are kept for the next job of
    /// their account. Beyond it, those that are idle for longest end. One per slot and kind is always kept
    /// [default: half of the memory that is available when the worker starts].
    #[arg(long, env = "TINTYPE_POOL_MEMORY", value_name = "MIB")]
    #[arg(value_parser = clap::value_parser!(u32).range(0..=4_194_304))]
    pub pool_memory: Option<u32>,

    /// The program that execs the browser [default: this one].
    #[arg(skip)]
    pub launcher: Option<PathBuf>,

    /// The address and port for health checks and metrics, such as `127.0.0.1:9090`. Without it they
    /// are not served. Pages cannot reach it.
    #[arg(long, env = "TINTYPE_WORKER_LISTEN", value_name = "ADDR")]
    pub listen: Option<SocketAddr>,

    /// The keys that decrypt `headers`, `cookies` and `basic_auth` of jobs: comma-separated, each 32
    /// bytes in base64 or hexadecimal. Must be the same for the API.
    #[arg(long, env = "TINTYPE_SECRET_KEY", hide_env_values = true, value_name = "KEY,…")]
    pub secret_key: Option<KeyList>,

    /// A file with these keys, used if `--secret-key` is not set.
    #[arg(long, env = "TINTYPE_SECRET_KEY_FILE", value_name = "PATH")]
    pub secret_key_file: Option<PathBuf>,

    /// The name of this worker in the console [default: host name and process id].
    #[arg(long, env = "TINTYPE_WORKER_NAME", default_value_t = host_and_process(), hide_default_value = true)]
    #[arg(value_parser = worker_name)]
    pub worker_name: String,

    /// Store small pictures of screenshots, which the console shows: `true` or `false`. Making them takes at most 5 % of a
    /// core, so under load some screenshots have none.
    #[arg(long, env = "TINTYPE_THUMBNAILS", value_name = "BOOL", default_value_t = true)]
    #[arg(action = ArgAction::Set, value_parser = BoolishValueParser::new())]
    pub thumbnails: bool,

    /// Render given documents that run no script and need no network without a renderer of their own, which
    /// is faster and gives the same file: `true` or `false`.
    #[arg(long, env = "TINTYPE_STATIC_LANE", value_name = "BOOL", default_value_t = true)]
    #[arg(action = ArgAction::Set, value_parser = BoolishValueParser::new())]
    pub static_lane: bool,

    /// Of how many such documents one is also rendered the ordinary way, and compared: none if 0.
    #[arg(long, env = "TINTYPE_STATIC_LANE_SAMPLE", value_name = "COUNT", default_value_t = 0)]
    pub static_lane_sample: u32,

    /// After how many hours an unfinished job fails and is refunded.
    #[arg(long, env = "TINTYPE_MAX_AGE", value_name = "HOURS", default_value_t = DEFAULT_MAX_AGE_HOURS)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=168))]
    pub max_age: u16,

    /// How many seconds renders may take to finish on SIGTERM before their jobs are released.
    /// The whole shutdown takes a few seconds longer.
    #[arg(long, env = "TINTYPE_GRACE", value_name = "SECONDS", default_value_t = DEFAULT_GRACE_SECONDS)]
    pub grace: u16,
}

/// Exists on every system, and owns no files.
const DEFAULT_BROWSER_USER: &str = "nobody";

/// Four times what a page of 30,000 pixels in height uses.
const DEFAULT_BROWSER_MEMORY_MIB: u32 = 2048;

/// Half of what supervisors commonly wait before they kill: jobs are released after it.
const DEFAULT_GRACE_SECONDS: u16 = 5;

impl Default for Config {
    fn default() -> Self {
        Self {
            slots: default_slots(),
            connections: WORKER_CONNECTIONS,
            chromium: None,
            browser_user: DEFAULT_BROWSER_USER.to_owned(),
            fonts: None,
            lists: None,
            egress_allow: Policy::default(),
            resolver: None,
            require_netns: false,
            no_netns: false,
            unsafe_no_sandbox: false,
            browser_memory: DEFAULT_BROWSER_MEMORY_MIB,
            pool_memory: None,
            launcher: None,
            listen: None,
            secret_key: None,
            secret_key_file: None,
            worker_name: host_and_process(),
            thumbnails: true,
            static_lane: true,
            static_lane_sample: 0,
            max_age: DEFAULT_MAX_AGE_HOURS,
            grace: DEFAULT_GRACE_SECONDS,
        }
    }
}

impl Config {
    /// How many connections the database pool has.
    pub fn connections(&self) -> u32 {
        self.connections
    }

    pub(crate) fn grace(&self) -> Duration {
        Duration::from_secs(self.grace.into())
    }

    pub(crate) fn max_age(&self) -> Duration {
        Duration::from_hours(self.max_age.into())
    }

    /// Loads the keys that open the secrets of jobs.
    pub(crate) fn keyring(&self) -> Result<Keyring, InvalidKeyring> {
        Keyring::load(self.secret_key.as_ref(), self.secret_key_file.as_deref())
    }

    pub(crate) fn policy(&self) -> Policy {
        self.egress_allow.clone()
    }

    /// Dials the hosts of pages.
    pub(crate) fn dialer(&self) -> Dialer {
        Dialer { policy: self.policy(), resolver: self.resolver.clone().unwrap_or_else(Resolver::system) }
    }

    /// The most memory that a browser may use, in bytes.
    pub(crate) fn memory_limit(&self) -> u64 {
        u64::from(self.browser_memory) * 1024 * 1024
    }
}

fn default_slots() -> u16 {
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    u16::try_from(cores).unwrap_or(256).clamp(2, 256)
}

/// The longest name of a worker, in characters: the console has about this many columns.
const MAX_NAME_LENGTH: usize = 100;

fn worker_name(raw: &str) -> Result<String, String> {
    let is_valid = !raw.trim().is_empty() && raw.chars().count() <= MAX_NAME_LENGTH && !raw.contains(char::is_control);
    let expected = || format!("1 to {MAX_NAME_LENGTH} characters without line breaks are needed");
    is_valid.then(|| raw.to_owned()).ok_or_else(expected)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::Args;

    #[test]
    fn the_password_of_the_database_is_not_printed() {
        let args = Args::parse_from(["tintype-worker", "--database-url", "postgres://u:hunter2@host/db"]);

        assert!(!format!("{args:?}").contains("hunter2"));
    }

    #[test]
    fn a_secret_key_is_not_printed_even_if_it_is_nonsense() {
        let args = Args::parse_from(["tintype-worker", "--database-url", "x", "--secret-key", "hunter2"]);

        let error = args.config.keyring().expect_err("nonsense");
        assert!(!format!("{args:?} {error:?} {error}").contains("hunter2"));
    }
}
