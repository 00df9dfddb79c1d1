//! The options of `tintype up`.

use std::net::SocketAddr;

use clap::Args;
use service::log::LogFormat;

/// The options of `tintype up`.
#[derive(Debug, Args)]
pub(crate) struct UpArgs {
    /// The address that the API listens on; port 0 picks a free port
    #[arg(long, value_name = "ADDR", env = "TINTYPE_LISTEN", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// The number of worker processes. Each takes 6 connections of Postgres, and so does the API
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(..=64))]
    pub(crate) workers: u16,
    /// How the API and the workers write their logs: `text`, or `json` for one object a line
    #[arg(long, value_enum, value_name = "FORMAT", env = "TINTYPE_LOG_FORMAT", default_value = "text")]
    #[arg(hide_possible_values = true)]
    pub(crate) log_format: LogFormat,
}
