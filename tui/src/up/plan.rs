//! The plan: what `tintype up` runs, and with which settings.

use std::net::SocketAddr;
use std::path::PathBuf;

use domain::db::DatabaseUrl;
use service::log::LogFormat;

use crate::data_dir::{DEMO_KEY_FILE, DataDir, EXTERNAL_DEMO_KEY_FILE};
use crate::output::OutputFormat;

/// What to run, and with which settings.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    /// The data directory.
    pub(crate) data_dir: &'a DataDir,
    /// The address that the API listens on.
    pub(crate) listen: SocketAddr,
    /// The number of workers.
    pub(crate) workers: u16,
    /// How the API and the workers write their logs.
    pub(crate) log_format: LogFormat,
    /// The database to use instead of a private one.
    pub(crate) database_url: Option<&'a DatabaseUrl>,
    /// The path of `tintype-api`.
    pub(crate) api_program: PathBuf,
    /// The path of `tintype-worker`.
    pub(crate) worker_program: PathBuf,
    /// How the banner is printed.
    pub(crate) output_format: OutputFormat,
}

impl Plan<'_> {
    /// The name of the file with the demo account's key. The private database and a given one
    /// have separate files.
    pub(crate) fn demo_key_file(&self) -> &'static str {
        if self.database_url.is_some() { EXTERNAL_DEMO_KEY_FILE } else { DEMO_KEY_FILE }
    }
}
