//! The API server of Tintype.

use std::io;
use std::process::ExitCode;

use anyhow::{Context, anyhow};
use api::Config;
use service::signals::ShutdownSignals;
use service::{command_line, environment, init, limits, log, manual, print, stderr, trace};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

fn main() -> ExitCode {
    if let Some(printed) = manual::print_if_requested::<Config>() {
        return print::exit_code(printed);
    }
    if let Some(code) = init::run_as_child_of_init() {
        return code;
    }
    print::exit_code(run(command_line::parse()).map_err(|error| format!("{error:?}")))
}

fn run(config: Config) -> anyhow::Result<()> {
    if config.print_openapi {
        return print::line(&api::openapi_json()).context("cannot print the document");
    }
    log::init(config.log_format);
    let _traces = trace::install("tintype-api")?;
    stderr::log_panics();
    environment::report_mistakes();
    limits::raise_open_files();
    let runtime = Runtime::new().context("cannot start the runtime")?;
    runtime.block_on(async {
        let mut signals = ShutdownSignals::listen()?;
        let listener = listen(&config.listen).await?;
        let draining = CancellationToken::new();
        let shutdown = draining.clone().cancelled_owned();
        let second_signal = async {
            signals.recv().await;
            draining.cancel();
            signals.recv().await;
        };
        tokio::select! {
            served = api::serve(listener, config, shutdown) => served,
            () = second_signal => Ok(()),
        }
    })
}

/// What to do about an address that cannot be listened on.
const WAYS_OUT: [(io::ErrorKind, &str); 3] = [
    (io::ErrorKind::AddrInUse, "another process uses it: stop that, or choose another port"),
    (io::ErrorKind::PermissionDenied, "choose a port above 1023, or allow this one (CAP_NET_BIND_SERVICE)"),
    (io::ErrorKind::AddrNotAvailable, "it is not an address of this machine: 0.0.0.0 stands for all of them"),
];

async fn listen(address: &str) -> anyhow::Result<TcpListener> {
    service::http::listen(address).await.map_err(|error| {
        let way_out = WAYS_OUT.iter().find(|(kind, _)| *kind == error.kind());
        let way_out = way_out.map_or("choose another address", |(_, way_out)| way_out);
        anyhow!(error).context(format!("cannot listen on {address} (--listen, TINTYPE_LISTEN); {way_out}"))
    })
}
