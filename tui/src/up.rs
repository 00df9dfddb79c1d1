//! `tintype up`: the whole service on one machine, from nothing.
//!
//! It starts a private Postgres (or uses a given database), migrates the schema, creates the
//! demo account if there is none, and starts the API and the workers. Then it supervises them:
//! a process that exits is restarted. On shutdown, the API and the workers stop at the same
//! time, so that no synchronous call waits for workers that have gone; Postgres stops last.

mod banner;
mod child;
mod demo;
mod error;
mod listen;
mod log;
mod plan;
mod postgres;
mod program;
mod ready;
mod secret_key;
mod stack;

use std::convert::Infallible;

use service::environment;
use service::signals::ShutdownSignals;

use crate::cli::{GlobalArgs, UpArgs};
use crate::data_dir::{self, DataDir};
use crate::output;

use error::UpError;
use plan::Plan;
use stack::Stack;

/// Runs the service until a signal stops it or a process cannot start.
pub(crate) async fn run(global: &GlobalArgs, args: &UpArgs) -> Result<(), UpError> {
    let mut signals = ShutdownSignals::listen()?;
    environment::report_mistakes();
    let data_dir = DataDir::open(&data_dir::locate(global.data.as_deref())?)?;
    let plan = Plan {
        listen: listen::choose(args.listen)?,
        workers: args.workers,
        log_format: args.log_format,
        database_url: global.database_url(),
        api_program: program::find("tintype-api")?,
        worker_program: program::find("tintype-worker")?,
        data_dir: &data_dir,
        output_format: global.output_format(),
    };
    let mut stack = Stack::default();
    let result: Result<Infallible, UpError> = tokio::select! {
        biased;
        () = signals.recv() => {
            output::note("stopping; press Ctrl-C again to stop immediately");
            stack.stop(&data_dir, &mut signals).await;
            return Ok(());
        }
        result = stack.run(&plan) => result,
    };
    stack.stop(&data_dir, &mut signals).await;
    result.map(|never| match never {})
}
