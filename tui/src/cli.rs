//! The command line: what an operator may say. `--help` prints these comments.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgGroup, Args, Parser, Subcommand};
use domain::id::JobId;
use domain::job::MAX_AGE_HOURS;

use crate::print::Form;

/// The operator's tool of Tintype, which renders pages to screenshots and PDFs.
///
/// Without a command: the console, which shows live how the service stands.
/// Commands use the database of the `tintype up` that runs on the same data folder,
/// unless they are told of another.
#[derive(Debug, Parser)]
#[command(name = "tintype", version)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

impl Cli {
    /// How it ends when it cannot be done. An audit that could not look must not pass for
    /// one that found something.
    pub(crate) fn failure(&self) -> ExitCode {
        if matches!(self.command, Some(Command::Audit { .. })) { ExitCode::from(2) } else { ExitCode::FAILURE }
    }
}

/// What every command understands.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// Print JSON: one value, on one line
    #[arg(long, global = true)]
    json: bool,
    /// The Postgres to use, instead of that of `tintype up`
    #[arg(long, global = true, value_name = "URL", env = "DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
    /// Where `tintype up` keeps its data [default: .tintype; as root: /var/lib/tintype]
    #[arg(long, global = true, value_name = "DIR", env = "TINTYPE_DATA")]
    pub(crate) data: Option<PathBuf>,
}

impl Common {
    /// For whom to print.
    pub(crate) fn form(&self) -> Form {
        if self.json { Form::Json } else { Form::Text }
    }

    /// The database that was named. An empty name is none.
    pub(crate) fn database_url(&self) -> Option<&str> {
        self.database_url.as_deref().filter(|url| !url.is_empty())
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the whole service on this machine: Postgres, API, workers, a demo account
    ///
    /// Postgres is private: it listens on a socket in the data folder and on no port, and one
    /// that the machine runs already is left alone. With `DATABASE_URL` set, that database is used
    /// and no Postgres is started. `TINTYPE_*` settings reach the API and the workers.
    /// The demo account's key is kept in the data folder: in `demo-key`, or with `DATABASE_URL`
    /// set in `demo-key-external`.
    /// Ctrl-C stops everything; data stays, and the next `tintype up` finds it.
    Up(Up),
    /// Create accounts, grant them credits, limit and suspend them
    #[command(subcommand)]
    Account(Account),
    /// Create and revoke API keys
    #[command(subcommand)]
    Key(Key),
    /// Look at jobs
    #[command(subcommand)]
    Job(Job),
    /// Print what happened lately that no job tells, newest first
    ///
    /// Attempts that came to nothing, workers that came and went, what was cleared away, and
    /// what operators changed. Kept for 30 days.
    Events {
        /// How many at most
        #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(i64).range(1..=10_000))]
        limit: i64,
    },
    /// Print how the service stands: what the console draws
    Overview,
    /// Bring the database's schema up to date
    Migrate,
    /// Check the invariants on the live database; exit 1 when one is broken, 2 when it could not look
    ///
    /// It could not look where there is no database, or none with our schema. Each question is
    /// one statement about one day's jobs, so a live service goes on meanwhile.
    Audit {
        /// After how many hours an unfinished job should have failed, as the workers have it
        #[arg(long, env = "TINTYPE_MAX_AGE", value_name = "HOURS", default_value_t = MAX_AGE_HOURS)]
        #[arg(value_parser = clap::value_parser!(u16).range(1..=168))]
        max_age: u16,
    },
    /// Print for how many hours results are kept, or change it
    ///
    /// A change holds for results that are made from now on.
    Retention {
        /// For how long, from 1 to 672 hours (28 days)
        #[arg(value_name = "HOURS")]
        hours: Option<u16>,
    },
}

/// How to run the whole service.
#[derive(Debug, Args)]
pub(crate) struct Up {
    /// Where the API listens; port 0 picks a free one
    #[arg(long, value_name = "ADDR", env = "TINTYPE_LISTEN", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// How many worker processes to run
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(..=64))]
    pub(crate) workers: u16,
}

/// Create accounts, grant them credits, limit and suspend them.
#[derive(Debug, Subcommand)]
pub(crate) enum Account {
    /// Create an account
    Create {
        /// Its name, by which all commands know it
        name: String,
        /// Credits to start with
        #[arg(long, value_name = "N", default_value_t = 0)]
        credits: i64,
    },
    /// Add credits to an account
    Grant {
        /// The account's name
        name: String,
        /// How many credits
        #[arg(value_name = "N")]
        credits: i64,
    },
    /// Change how much an account may take
    Limit(Limit),
    /// Let an account submit nothing more; what it has submitted goes on
    Suspend {
        /// The account's name
        name: String,
    },
    /// Let a suspended account submit again
    Resume {
        /// The account's name
        name: String,
    },
}

/// Change how much an account may take. What is left out stays as it is.
#[derive(Debug, Args)]
#[group(skip)]
#[command(group = ArgGroup::new("what").required(true).multiple(true).args(["weight", "rate", "burst", "no_rate"]))]
pub(crate) struct Limit {
    /// The account's name
    pub(crate) name: String,
    /// Its share while others wait, too: with 2, twice that of an account with 1
    #[arg(long, value_name = "1-1000")]
    pub(crate) weight: Option<i16>,
    /// Jobs a minute
    #[arg(long, value_name = "N", requires = "burst")]
    pub(crate) rate: Option<i32>,
    /// Jobs at once, 20 or more
    #[arg(long, value_name = "N", requires = "rate")]
    pub(crate) burst: Option<i32>,
    /// No rate any more
    #[arg(long, conflicts_with_all = ["rate", "burst"])]
    pub(crate) no_rate: bool,
}

/// Create and revoke API keys.
#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// Create a key and print it, once: only its hash is kept
    Create {
        /// The name of the account that the key spends from
        #[arg(long, value_name = "NAME")]
        account: String,
    },
    /// Take a key out of use, at once and for good
    Revoke {
        /// The key's id: the part between `tt_` and the second `_`
        id: String,
    },
}

/// Look at jobs.
#[derive(Debug, Subcommand)]
pub(crate) enum Job {
    /// List the newest jobs
    List {
        /// Only of this account
        #[arg(long, value_name = "NAME")]
        account: Option<String>,
        /// How many at most
        #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(i64).range(1..=10_000))]
        limit: i64,
    },
    /// Show all that is known of a job
    Show {
        /// The job's id
        id: JobId,
    },
}

#[cfg(test)]
mod tests {
    use std::process::ExitCode;

    use clap::{CommandFactory, Parser};

    use super::Cli;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn an_audit_that_could_not_look_ends_unlike_one_that_found_something() {
        for (command, failure) in [("audit", ExitCode::from(2)), ("overview", ExitCode::from(1))] {
            assert_eq!(Cli::parse_from(["tintype", command]).failure(), failure, "{command}");
        }
    }
}
