//! `tintype`, the operator's tool: it runs the whole service on one machine (`tintype up`),
//! prints the service's data for scripts (`tintype job list --json`), and shows the state of
//! the service live (the console: `tintype` without a command).
//!
//! It reads Postgres through `domain` instead of the API, because it is needed most when the
//! API is down. It contains no business rules.

mod actor;
mod backoff;
mod cli;
mod console;
mod data_dir;
mod fleet_text;
mod lifetime;
mod output;
mod profile;
mod result_file;
mod target;
mod up;

use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::CommandFactory;
use service::{command_line, init, stderr};
use tokio::runtime;

use crate::cli::{Cli, Command};
use crate::console::Recording;
use crate::output::OutputFormat;
use crate::profile::Profile;
use crate::target::Target;

fn main() -> ExitCode {
    if let Some(code) = init::run_as_child_of_init() {
        return code;
    }
    let cli: Cli = command_line::parse();
    let (format, failure_code) = (cli.global.output_format(), cli.failure_code());
    let code = block_on(run(cli)).unwrap_or_else(|error| {
        format.print_error(&describe(&error));
        failure_code
    });
    stderr::flush();
    code
}

/// The runtime has one thread, which starts the children: Linux kills a child when the thread
/// that started it ends, so that thread must live as long as the process.
fn block_on(command: impl Future<Output = anyhow::Result<ExitCode>>) -> anyhow::Result<ExitCode> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().context("cannot start the runtime")?;
    runtime.block_on(command)
}

/// Joins an error and its causes, leaving out causes that the text already contains.
fn describe(error: &anyhow::Error) -> String {
    let mut description = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if description.is_empty() {
            description = cause;
        } else if !description.contains(&cause) {
            description = format!("{description}: {cause}");
        }
    }
    description
}

async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let format = cli.global.output_format();
    let profile = match cli.global.environment() {
        Some(name) => Profile::named(name)?,
        None => Profile::unnamed(Target::new(cli.global.database_url(), cli.global.data.as_deref())?),
    };
    let target = profile.write_target.clone();
    match cli.command {
        None if format == OutputFormat::Json => {
            bail!("the console has no JSON output; use `tintype overview --json`")
        }
        Some(Command::Record(args)) => cli::record::run(&target, &args).await?,
        Some(Command::Replay(args)) => {
            let recording = Recording::read(&args.file)?;
            let recording = match args.at {
                Some(at) => recording.starting_at(at),
                None => recording,
            };
            Box::pin(console::run(profile.of(recording), &cli.console)).await?;
        }
        None => Box::pin(console::run(profile, &cli.console)).await?,
        Some(Command::Up(args)) => up::run(&cli.global, &args).await?,
        Some(Command::Account(command)) => cli::account::run(&target, format, command).await?,
        Some(Command::Accounts(args)) => cli::accounts::run(&target, format, &args).await?,
        Some(Command::Ledger(args)) => cli::ledger::run(&target, format, &args).await?,
        Some(Command::Keys(args)) => cli::keys::run(&target, format, &args).await?,
        Some(Command::Key(command)) => cli::key::run(&target, format, command).await?,
        Some(Command::Jobs(command)) => cli::jobs::run(&target, format, command).await?,
        Some(Command::Job(command)) => cli::job::run(&target, format, command).await?,
        Some(Command::Events(args)) => cli::events::run(&target, format, &args).await?,
        Some(Command::Workers(args)) => cli::workers::run(&target, format, args).await?,
        Some(Command::Expiries(command)) => cli::expiries::run(&target, format, command).await?,
        Some(Command::Overview(args)) => cli::overview::run(&target, format, &args).await?,
        Some(Command::Watch(args)) => cli::watch::run(&target, format, &args).await?,
        Some(Command::Migrate) => cli::migrate::run(&target, format).await?,
        Some(Command::Retention(args)) => cli::retention::run(&target, format, args).await?,
        Some(Command::SecretKey) => cli::secret_key::run(format)?,
        Some(Command::Completions(args)) => cli::completions::run(&args, Cli::command())?,
        Some(Command::Man(args)) => cli::man::run(&args, Cli::command())?,
        Some(Command::Health(args)) => return Ok(cli::health::run(&target, format, &args).await?),
        Some(Command::Doctor(args)) => return Ok(cli::doctor::run(&target, format, &args).await?),
        Some(Command::Audit(args)) => return Ok(cli::audit::run(&target, format, &args).await?),
    }
    Ok(ExitCode::SUCCESS)
}
