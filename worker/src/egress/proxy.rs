//! The HTTP proxy that a browser connects to.

mod accept;
mod connection;
mod forward;
mod request;
mod tunnel;

pub(crate) use accept::Proxy;
