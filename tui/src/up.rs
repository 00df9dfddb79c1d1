//! `tintype up`: the whole service on one machine, from nothing.
//!
//! It starts a private Postgres (or uses the one it is told of), migrates it, makes sure
//! of a demo account, and starts the API and the workers. Then it watches: what dies is
//! started again. When told to stop, the API and the workers go together, for calls that
//! wait must not wait for workers that have gone; Postgres is last.

mod announce;
mod demo;
mod house;
mod listen;
mod log;
mod postgres;
mod program;
mod ready;
mod service;

use std::convert::Infallible;
use std::io;

use domain::DbError;

use crate::cli::{Common, Up};
use crate::folder::{self, Folder, FolderError};
use crate::print;
use crate::signals::Signals;

use house::House;

/// Why the service did not come up.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UpError {
    /// Choose another data folder, or stop who uses it.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// Choose another address.
    #[error(transparent)]
    Listen(#[from] listen::ListenError),
    /// Build or install what is missing.
    #[error(transparent)]
    Program(#[from] program::ProgramError),
    /// See what Postgres says.
    #[error(transparent)]
    Postgres(#[from] postgres::PostgresError),
    /// Look at `DATABASE_URL`.
    #[error("the database cannot be reached")]
    Away(#[source] DbError),
    /// The schema could not be brought up to date.
    #[error("the schema could not be brought up to date")]
    Migrate(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The demo account could not be made sure of.
    #[error(transparent)]
    Demo(#[from] demo::DemoError),
    /// See what its log says.
    #[error(transparent)]
    Hopeless(#[from] service::Hopeless),
    /// See what the logs say.
    #[error(transparent)]
    Unready(#[from] ready::Unready),
    /// The system refused.
    #[error("the system refused")]
    Io(#[from] io::Error),
}

/// Runs the service until it is told to stop, or cannot come up.
pub(crate) async fn up(common: &Common, options: &Up) -> Result<(), UpError> {
    let mut signals = Signals::listen()?;
    let folder = Folder::open(&folder::locate(common.data.as_deref())?)?;
    let listen = listen::choose(options.listen)?;
    let plan = house::Plan {
        folder: &folder,
        listen,
        workers: options.workers,
        database_url: common.database_url(),
        api: program::find("tintype-api")?,
        worker: program::find("tintype-worker")?,
        form: common.form(),
    };
    let mut house = House::default();
    let lived: Result<Infallible, UpError> = tokio::select! {
        biased;
        () = signals.next() => {
            print::note("stopping; Ctrl-C again stops at once");
            house.stop(&folder, &mut signals).await;
            return Ok(());
        }
        lived = house.live(&plan) => lived,
    };
    house.stop(&folder, &mut signals).await;
    lived.map(|never| match never {})
}
