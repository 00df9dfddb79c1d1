//! `tintype-worker`: renders jobs until it is told to stop.

use std::ffi::OsStr;
use std::time::Duration;

use anyhow::Context;
use clap::Parser;
use domain::db::{DatabaseUrl, connect_lazily};
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use worker::{Args, Command, Config};

/// How long a blocking task, such as a name that is being resolved, may delay the exit.
const RUNTIME_SHUTDOWN_TIMEOUT: Duration = Duration::from_millis(500);

fn main() -> anyhow::Result<()> {
    let mut args = std::env::args_os().skip(1);
    if args.next().as_deref() == Some(OsStr::new(worker::EXEC_BROWSER_ARG)) {
        // Before any thread is started: a process that becomes a browser must have only one.
        match worker::exec_browser(args)? {}
    }
    let Args { database_url, config, command } = Args::parse();
    service::log::init();
    let runtime = Runtime::new().context("cannot start the runtime")?;
    let result = runtime.block_on(async {
        match (command, database_url) {
            (Some(Command::Doctor), _) => Ok(worker::doctor(config).await?),
            (None, Some(database_url)) => work(&database_url, config).await,
            (None, None) => anyhow::bail!("DATABASE_URL is missing"),
        }
    });
    runtime.shutdown_timeout(RUNTIME_SHUTDOWN_TIMEOUT);
    result
}

/// Works until the first signal, and stops at once at the second.
async fn work(database_url: &DatabaseUrl, config: Config) -> anyhow::Result<()> {
    let db = connect_lazily(database_url.expose(), config.connections()).context("DATABASE_URL is not valid")?;
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let (shutdown, force) = (CancellationToken::new(), CancellationToken::new());
    let signals = async {
        for token in [&shutdown, &force] {
            next_signal(&mut terminate, &mut interrupt).await;
            token.cancel();
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        ended = worker::run_until(config, db, shutdown.cancelled(), force.cancelled()) => Ok(ended?),
        () = signals => Ok(()),
    }
}

async fn next_signal(terminate: &mut Signal, interrupt: &mut Signal) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
