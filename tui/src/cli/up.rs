//! The options of `tintype up`.

use std::net::SocketAddr;

use clap::Args;

/// The options of `tintype up`.
#[derive(Debug, Args)]
pub(crate) struct UpArgs {
    /// The address that the API listens on; port 0 picks a free port
    #[arg(long, value_name = "ADDR", env = "TINTYPE_LISTEN", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// The number of worker processes
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(..=64))]
    pub(crate) workers: u16,
}
