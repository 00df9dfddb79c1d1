//! `tintype`: the operator's tool. It runs the whole service on one machine
//! (`tintype up`), answers scripts (`tintype job list --json`) and shows how the service
//! stands (`tintype` alone).
//!
//! It reads Postgres through `domain` and not through the API: it is needed most when
//! the API is down. No rule lives here.

mod backoff;
mod cli;
mod command;
mod console;
mod database;
mod folder;
mod print;
mod signals;
mod text;
mod totals;
mod up;

use std::process::ExitCode;

use anyhow::bail;
use clap::Parser;

use crate::cli::{Cli, Command};
use crate::database::Source;
use crate::print::Form;

/// One thread: children must be started by a thread that lives as long as we do, for
/// Linux ends them with the thread that started them.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let (form, failure) = (cli.common.form(), cli.failure());
    match run(cli).await {
        Ok(code) => code,
        Err(error) => {
            print::error(form, &told(&error));
            failure
        }
    }
}

/// An error and its causes, without those that only repeat it.
fn told(error: &anyhow::Error) -> String {
    let mut told = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if told.is_empty() {
            told = cause;
        } else if !told.contains(&cause) {
            told = format!("{told}: {cause}");
        }
    }
    told
}

async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let form = cli.common.form();
    let source = Source::of(&cli.common)?;
    match cli.command {
        None if form == Form::Json => bail!("the console draws; `tintype overview --json` prints what it shows"),
        None => console::run(source).await?,
        Some(Command::Up(options)) => up::up(&cli.common, &options).await?,
        Some(Command::Account(account)) => command::account::run(&source, form, account).await?,
        Some(Command::Key(key)) => command::key::run(&source, form, key).await?,
        Some(Command::Job(job)) => command::job::run(&source, form, job).await?,
        Some(Command::Events { limit }) => command::events::run(&source, form, limit).await?,
        Some(Command::Overview) => command::overview::run(&source, form).await?,
        Some(Command::Migrate) => command::migrate::run(&source, form).await?,
        Some(Command::Retention { hours }) => command::retention::run(&source, form, hours).await?,
        Some(Command::Audit { max_age }) => return Ok(command::audit::run(&source, form, max_age).await?),
    }
    Ok(ExitCode::SUCCESS)
}
