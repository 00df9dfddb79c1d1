//! `tintype-worker`: renders jobs until it is told to stop.

use std::ffi::OsStr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use domain::db::{DatabaseUrl, connect_lazily};
use service::signals::ShutdownSignals;
use service::{command_line, environment, init, log, manual, print, stderr, trace};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;
use worker::{Args, Command, Config};

/// How long a blocking task, such as a name that is being resolved, may delay the exit.
const RUNTIME_SHUTDOWN_TIMEOUT: Duration = Duration::from_millis(500);

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    if args.next().as_deref() == Some(OsStr::new(worker::EXEC_BROWSER_ARG)) {
        // Before any thread is started: a process that becomes a browser must have only one.
        let Err(error) = worker::exec_browser(args);
        return print::exit_code(Err(error));
    }
    if let Some(printed) = manual::print_if_requested::<Args>() {
        return print::exit_code(printed);
    }
    if let Some(code) = init::run_as_child_of_init() {
        return code;
    }
    print::exit_code(run(command_line::parse()).map_err(|error| format!("{error:?}")))
}

fn run(Args { database_url, config, log_format, command }: Args) -> anyhow::Result<()> {
    log::init(log_format);
    let _traces = trace::install("tintype-worker")?;
    stderr::log_panics();
    environment::report_mistakes();
    worker::raise_limits(&config);
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
    let url = database_url.named(&format!("tintype-worker {}", config.worker_name));
    let db = connect_lazily(url.expose(), config.connections()).context("DATABASE_URL is not valid")?;
    let mut signals = ShutdownSignals::listen()?;
    let (shutdown, force) = (CancellationToken::new(), CancellationToken::new());
    let signals = async {
        for token in [&shutdown, &force] {
            signals.recv().await;
            token.cancel();
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        ended = worker::run_until(config, db, shutdown.cancelled(), force.cancelled()) => Ok(ended?),
        () = signals => Ok(()),
    }
}
