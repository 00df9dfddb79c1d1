//! The command line, one file per command. `--help` prints the comments of these types.

pub(crate) mod account;
mod actor;
pub(crate) mod audit;
pub(crate) mod completions;
pub(crate) mod doctor;
mod error;
pub(crate) mod events;
mod global;
pub(crate) mod health;
pub(crate) mod job;
pub(crate) mod key;
pub(crate) mod man;
pub(crate) mod migrate;
pub(crate) mod overview;
pub(crate) mod retention;
pub(crate) mod secret_key;
mod up;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub(crate) use global::GlobalArgs;
pub(crate) use up::UpArgs;

/// The operator's tool of Tintype, which renders web pages to screenshots and PDFs.
///
/// Without a command, opens the console, which shows the state of the service live.
/// Commands use the database of the `tintype up` that runs with the same data directory,
/// unless another database is given.
#[derive(Debug, Parser)]
#[command(name = "tintype", version)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

impl Cli {
    /// The exit code for an error. For checks it differs from the code for what they found.
    pub(crate) fn failure_code(&self) -> ExitCode {
        let is_check = matches!(self.command, Some(Command::Audit(_) | Command::Doctor(_) | Command::Health(_)));
        if is_check { ExitCode::from(2) } else { ExitCode::FAILURE }
    }
}

/// A command.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the whole service on this machine: Postgres, API, workers, and a demo account
    ///
    /// Postgres is private: it listens on a socket in the data directory and on no port, and it
    /// does not affect a Postgres that is already running on this machine. With `DATABASE_URL`
    /// set, that database is used and no Postgres is started. `TINTYPE_*` settings are passed to
    /// the API and the workers. The demo account's key is stored in the data directory: in
    /// `demo-key`, or in `demo-key-external` with `DATABASE_URL` set. So is the key that seals the
    /// secrets of jobs, in `secret-key`, unless `TINTYPE_SECRET_KEY` or its file is set.
    /// Ctrl-C stops everything; the data is kept for the next `tintype up`.
    Up(UpArgs),
    /// Create accounts, grant credits, set limits, suspend and resume
    #[command(subcommand)]
    Account(account::AccountCommand),
    /// Create, list, rotate, rename and revoke API keys
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// List and show jobs
    #[command(subcommand)]
    Job(job::JobCommand),
    /// Print recent events, newest first
    ///
    /// Events are failed attempts, workers that started or were lost, cleanups, and changes
    /// by operators. They are kept for 30 days.
    Events(events::EventsArgs),
    /// Print the state of the service, as the console shows it
    Overview,
    /// Check whether the service works: database, schema, workers, queue, expiry
    ///
    /// Exits with 0 if it does; with 1 if it works in a way that an operator should know about, for
    /// example because no worker is alive; and with 2 if it is down or the check could not run. With
    /// `--url`, asks an API or a worker whether it is ready.
    Health(health::HealthArgs),
    /// Migrate the database's schema to this version
    Migrate,
    /// Check the invariants of the live database
    ///
    /// Exits with 1 if an invariant is violated, and with 2 if the check could not run, for
    /// example because the database is unreachable or does not have Tintype's schema. Each check
    /// is one statement over one day of jobs, and it is safe to run on a live service.
    Audit(audit::AuditArgs),
    /// Check the database's versions, settings, connections, tables, clocks and standbys
    ///
    /// Each check prints `ok`, `warn`, `fail`, or `unknown` if the role may not see what it is about,
    /// and what to do. Exits with 1 if a check fails, and with 2 if the database could not be
    /// checked. It reads no history, and is safe to run on a live service. `tintype-worker doctor`
    /// checks the protections of a worker's host.
    Doctor(doctor::DoctorArgs),
    /// Print or set how long results are kept
    ///
    /// A change applies to results that are stored from then on.
    Retention(retention::RetentionArgs),
    /// Print a new key for `TINTYPE_SECRET_KEY`
    ///
    /// The API and the workers seal the headers, cookies and credentials of jobs with it. Nothing
    /// is stored: keep it where they read it.
    SecretKey,
    /// Print the script that completes the arguments of `tintype` in a shell
    ///
    /// In bash, for this session: `source <(tintype completions bash)`.
    Completions(completions::CompletionsArgs),
    /// Print the man page of `tintype`, or write those of all its commands into a directory
    Man(man::ManArgs),
}

#[cfg(test)]
mod tests {
    use std::process::ExitCode;

    use clap::{CommandFactory, Parser};

    use super::Cli;

    #[test]
    fn the_definition_of_the_command_line_is_valid() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_check_that_could_not_run_has_its_own_exit_code() {
        let check = ExitCode::from(2);
        for (command, code) in [("audit", check), ("doctor", check), ("health", check), ("overview", ExitCode::from(1))]
        {
            assert_eq!(Cli::parse_from(["tintype", command]).failure_code(), code, "{command}");
        }
    }

    #[test]
    fn every_command_that_changes_something_takes_an_actor_and_a_reason() {
        for command in [
            "account create ada",
            "account grant ada 5",
            "account limit ada --weight 2",
            "account suspend ada",
            "account resume ada",
            "key create ada --name ci --scopes render,read --expires 90d",
            "key create --account ada",
            "key rotate abc --overlap 0s",
            "key rename abc ci",
            "key revoke abc",
            "retention 48",
        ] {
            let args = ["tintype"].into_iter().chain(command.split(' ')).chain(["--as", "eve", "--reason", "a test"]);

            assert!(Cli::try_parse_from(args).is_ok(), "{command}");
        }
    }

    #[test]
    fn printing_the_retention_takes_no_actor() {
        assert!(Cli::try_parse_from(["tintype", "retention"]).is_ok());
        assert!(Cli::try_parse_from(["tintype", "retention", "--as", "eve"]).is_err());
    }
}
