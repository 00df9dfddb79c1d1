//! `tintype-worker`: renders jobs until it is told to stop.

use std::ffi::OsStr;
use std::io::IsTerminal;
use std::time::Duration;

use anyhow::Context;
use clap::Parser;
use domain::schema::{DatabaseUrl, connect_lazily};
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;
use tracing_subscriber::EnvFilter;
use worker::{Args, Command, Config};

/// What is said unless `RUST_LOG` says otherwise. The pool's own complaints repeat ours.
const FILTER: &str = "info,sqlx=error,sqlx_core=error";

/// How long a name that is still being resolved may delay the end.
const LINGER: Duration = Duration::from_millis(500);

fn main() -> anyhow::Result<()> {
    let mut args = std::env::args_os().skip(1);
    if args.next().as_deref() == Some(OsStr::new(worker::INIT)) {
        // While there is one thread alone: what becomes a browser cannot have any.
        match worker::become_browser(args)? {}
    }
    let Args { database_url, config, command } = Args::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(FILTER));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    log.with_ansi(std::io::stderr().is_terminal()).init();
    let runtime = Runtime::new().context("no runtime")?;
    let ended = runtime.block_on(async {
        match (command, database_url) {
            (Some(Command::Doctor), _) => Ok(worker::doctor(config).await?),
            (None, Some(database_url)) => work(&database_url, config).await,
            (None, None) => anyhow::bail!("DATABASE_URL is missing"),
        }
    });
    runtime.shutdown_timeout(LINGER);
    ended
}

async fn work(database_url: &DatabaseUrl, config: Config) -> anyhow::Result<()> {
    let db = connect_lazily(database_url.expose(), config.connections()).context("DATABASE_URL cannot be read")?;
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let (first, told) = oneshot::channel();
    let shutdown = async { told.await.unwrap_or_default() };
    let (second, told_again) = oneshot::channel();
    let hurry = async { told_again.await.unwrap_or_default() };
    let listen = async {
        for told in [first, second] {
            next(&mut terminate, &mut interrupt).await;
            let _ended_meanwhile = told.send(());
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        ended = worker::run_until(config, db, shutdown, hurry) => Ok(ended?),
        () = listen => Ok(()),
    }
}

/// Waits for the next signal to stop.
async fn next(terminate: &mut Signal, interrupt: &mut Signal) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
