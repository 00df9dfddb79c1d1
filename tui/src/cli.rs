//! The command line, one file per command. `--help` prints the comments of these types.

pub(crate) mod account;
pub(crate) mod accounts;
mod actor;
pub(crate) mod audit;
pub(crate) mod completions;
mod console;
pub(crate) mod doctor;
mod error;
pub(crate) mod events;
pub(crate) mod expiries;
mod global;
pub(crate) mod health;
pub(crate) mod job;
pub(crate) mod jobs;
pub(crate) mod key;
pub(crate) mod keys;
pub(crate) mod ledger;
pub(crate) mod man;
pub(crate) mod migrate;
pub(crate) mod overview;
pub(crate) mod record;
pub(crate) mod retention;
pub(crate) mod secret_key;
mod up;
pub(crate) mod watch;
pub(crate) mod workers;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub(crate) use console::{ConsoleArgs, ImageKind};
pub(crate) use error::CommandError;
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
    #[command(flatten)]
    pub(crate) console: ConsoleArgs,
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
    /// Show and create accounts, grant and adjust credits, set limits, suspend and resume
    #[command(subcommand)]
    Account(account::AccountCommand),
    /// List accounts: by name, or those that spend, run dry or are refused
    Accounts(accounts::AccountsArgs),
    /// Print the movements of an account's credits, newest first
    ///
    /// Each has the balance after it, computed back from the account's balance in the same snapshot.
    Ledger(ledger::LedgerArgs),
    /// Create, list, limit, rotate, rename and revoke API keys
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// List API keys: by account, condition or name, newest first
    Keys(keys::KeysArgs),
    /// Show, retry, cancel, open and save jobs by their ids
    #[command(subcommand)]
    Job(job::JobCommand),
    /// List, retry and cancel the jobs that match a filter
    ///
    /// A filter is words that all must match, such as `status:failed error:TLS_ERROR since:1h`. Its keys are
    /// `status:`, `error:`, `type:`, `account:`, `key:`, `worker:`, `batch:`, `request:`, `id:`, `reference:`,
    /// `since:`, `until:`, `attempt:>1`, `wait:>30s` and `url~text`. Values with blanks are in double quotes.
    #[command(subcommand)]
    Jobs(jobs::JobsCommand),
    /// Print recent events, newest first, or follow them
    ///
    /// Events are jobs that failed, failed attempts, workers that started or were lost, cleanups, and
    /// changes by operators. They are kept for 30 days.
    Events(events::EventsArgs),
    /// List, drain and undrain workers, and release their leases
    ///
    /// Without a command, lists them. A drained worker ends the jobs that it has, claims no more, and stays alive
    /// until it is undrained or stopped. A process that is started again, even under the same name, is not drained.
    Workers(workers::WorkersArgs),
    /// List results that expire next, extend and delete results
    #[command(subcommand)]
    Expiries(expiries::ExpiriesCommand),
    /// Print the state of the service, as the console shows it
    ///
    /// First the counts, then what needs attention, the worst first, then latencies, failures, lost workers, and
    /// the accounts that spend.
    Overview(overview::OverviewArgs),
    /// Print a line whenever the state of the service changes, until interrupted
    ///
    /// For logs and screen readers: counts that differ, what begins to need attention and what no longer does, and
    /// whether the database answers.
    Watch(watch::WatchArgs),
    /// Check whether the service works: database, schema, workers, queue, expiry
    ///
    /// Exits with 0 if it does; with 1 if it works in a way that an operator should know about, for
    /// example because no worker is alive; and with 2 if it is down or the check could not run. With
    /// `--url`, asks an API or a worker whether it is ready.
    Health(health::HealthArgs),
    /// Append what the screens of the console show to a file, every few seconds
    ///
    /// Each line is a JSON object. A database that does not answer leaves a gap.
    Record(record::RecordArgs),
    /// Show a recording in the console, at the pace at which it was made
    Replay(record::ReplayArgs),
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
            "account adjust ada -5",
            "account limit ada --weight 2",
            "account suspend ada",
            "account resume ada",
            "job retry 0198f2c1-4f6e-7c2d-a1b0-3d5c77e09b41",
            "job cancel 0198f2c1-4f6e-7c2d-a1b0-3d5c77e09b41",
            "jobs retry --filter status:failed --expect 5",
            "jobs cancel --filter status:queued --expect 5",
            "key create ada --name ci --scopes render,read --expires 90d",
            "key create --account ada",
            "key rotate abc --overlap 0s",
            "key limit abc --scopes read --expires 90d --rate 60 --burst 20",
            "key limit abc --no-rate --no-expiry",
            "key rename abc ci",
            "key revoke abc",
            "retention 48",
            "workers drain w-1",
            "workers undrain w-1",
            "workers release w-1",
            "expiries extend 0198f2b7-10aa-7d01-9c3e-55d1e2a0c7f4 --hours 5",
            "expiries delete 0198f2b7-10aa-7d01-9c3e-55d1e2a0c7f4",
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
