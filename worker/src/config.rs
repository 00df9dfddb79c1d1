//! What the operator may turn.

use std::path::PathBuf;
use std::time::Duration;

use domain::egress::{Dialer, Policy, Resolver};
use domain::job::MAX_AGE_HOURS;
use domain::schema::DatabaseUrl;
use domain::worker::connections;

/// Renders the jobs of Tintype: Postgres on one side, Chromium on the other.
///
/// Any number of workers may run, on any number of hosts. SIGTERM lets renders finish,
/// and gives the others back; a second one gives them back at once.
#[derive(Debug, clap::Parser)]
#[command(name = "tintype-worker", version, subcommand_negates_reqs = true)]
pub struct Args {
    /// The Postgres that holds the jobs. A direct or session-pooled connection is required.
    #[arg(long, env, hide_env_values = true, value_name = "URL", required = true)]
    pub database_url: Option<DatabaseUrl>,

    /// How this worker renders.
    #[command(flatten)]
    pub config: Config,

    /// What to do instead of working.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What a worker does, other than to work.
#[derive(Debug, Clone, Copy, clap::Subcommand)]
pub enum Command {
    /// Tries out what keeps pages from reaching anything but the public internet, and says
    /// what is in force here. Needs no database; fails where something is not.
    Doctor,
}

/// How a worker renders.
#[derive(Debug, Clone, clap::Args)]
pub struct Config {
    /// How many pages render at once in this process [default: the number of cores, at least 2].
    #[arg(long, env = "TINTYPE_SLOTS", default_value_t = default_slots(), hide_default_value = true)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=256))]
    pub slots: u16,

    /// The browser's binary [default: chrome-headless-shell or Chromium, where they are usually installed].
    #[arg(long, env = "TINTYPE_CHROMIUM", value_name = "PATH")]
    pub chromium: Option<PathBuf>,

    /// The unprivileged user that browsers run as, where the worker was started as root.
    #[arg(long, env = "TINTYPE_BROWSER_USER", value_name = "USER", default_value = DEFAULT_BROWSER_USER)]
    pub browser_user: String,

    /// Addresses that pages may come from although they are not on the public internet:
    /// comma-separated `CIDR:port`, such as `127.0.0.1/32:8099`.
    #[arg(
        long,
        env = "TINTYPE_EGRESS_ALLOW",
        value_name = "CIDR:PORT,…",
        default_value = "",
        hide_default_value = true
    )]
    pub egress_allow: Policy,

    /// The name servers that pages' hosts are asked of: comma-separated `IP[:port]`
    /// [default: those of the system].
    #[arg(long, env = "TINTYPE_RESOLVER", value_name = "IP:PORT,…")]
    pub resolver: Option<Resolver>,

    /// Start no browser that has no network namespace of its own. Without, browsers rely on
    /// their flags where the system allows no namespaces.
    #[arg(long, env = "TINTYPE_REQUIRE_NETNS", conflicts_with = "no_netns")]
    pub require_netns: bool,

    /// Give browsers no network namespace of their own, and rely on their flags.
    #[arg(long, env = "TINTYPE_NO_NETNS")]
    pub no_netns: bool,

    /// Start browsers without their sandbox. A page that takes over its renderer then has
    /// the rights of the browser's user.
    #[arg(long, env = "TINTYPE_UNSAFE_NO_SANDBOX")]
    pub unsafe_no_sandbox: bool,

    /// The most memory that a browser may take for one page, in MiB; it is ended beyond.
    #[arg(long, env = "TINTYPE_BROWSER_MEMORY", value_name = "MIB", default_value_t = DEFAULT_MEMORY)]
    #[arg(value_parser = clap::value_parser!(u32).range(256..=65536))]
    pub browser_memory: u32,

    /// The program that becomes a browser [default: this one].
    #[arg(skip)]
    pub launcher: Option<PathBuf>,

    /// What the console calls this worker [default: the host's name and the process's id].
    #[arg(long, env = "TINTYPE_WORKER_NAME", default_value_t = default_name(), hide_default_value = true)]
    pub worker_name: String,

    /// Hours after which a job that nobody could render fails, and is refunded.
    #[arg(long, env = "TINTYPE_MAX_AGE", value_name = "HOURS", default_value_t = MAX_AGE_HOURS)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=168))]
    pub max_age: u16,

    /// How many seconds renders may take to finish on SIGTERM, before their jobs are
    /// given back. The whole stop takes a few seconds more.
    #[arg(long, env = "TINTYPE_GRACE", value_name = "SECONDS", default_value_t = DEFAULT_GRACE)]
    pub grace: u16,
}

/// Exists on every system, and owns nothing.
const DEFAULT_BROWSER_USER: &str = "nobody";

/// In MiB: four times what a page takes that is 30,000 pixels tall.
const DEFAULT_MEMORY: u32 = 2048;

/// In seconds: half of what supervisors commonly grant before they kill, for jobs must be
/// given back after it.
const DEFAULT_GRACE: u16 = 5;

impl Default for Config {
    fn default() -> Self {
        Self {
            slots: default_slots(),
            chromium: None,
            browser_user: DEFAULT_BROWSER_USER.to_owned(),
            egress_allow: Policy::default(),
            resolver: None,
            require_netns: false,
            no_netns: false,
            unsafe_no_sandbox: false,
            browser_memory: DEFAULT_MEMORY,
            launcher: None,
            worker_name: default_name(),
            max_age: MAX_AGE_HOURS,
            grace: DEFAULT_GRACE,
        }
    }
}

impl Config {
    /// How many connections the pool needs so that no beat waits behind a result.
    pub fn connections(&self) -> u32 {
        connections(self.slots.into())
    }

    pub(crate) fn grace(&self) -> Duration {
        Duration::from_secs(self.grace.into())
    }

    pub(crate) fn max_age(&self) -> Duration {
        Duration::from_hours(self.max_age.into())
    }

    pub(crate) fn policy(&self) -> Policy {
        self.egress_allow.clone()
    }

    /// The one way out for whatever customers name.
    pub(crate) fn dialer(&self) -> Dialer {
        Dialer { policy: self.policy(), resolver: self.resolver.clone().unwrap_or_else(Resolver::system) }
    }

    /// In bytes.
    pub(crate) fn memory(&self) -> u64 {
        u64::from(self.browser_memory) * 1024 * 1024
    }
}

fn default_slots() -> u16 {
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    u16::try_from(cores).unwrap_or(256).clamp(2, 256)
}

fn default_name() -> String {
    let host = nix::unistd::gethostname().ok().and_then(|host| host.into_string().ok());
    format!("{}:{}", host.unwrap_or_default(), std::process::id())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::Args;

    #[test]
    fn a_password_is_never_printed() {
        let args = Args::parse_from(["tintype-worker", "--database-url", "postgres://u:hunter2@host/db"]);

        assert!(!format!("{args:?}").contains("hunter2"));
    }
}
