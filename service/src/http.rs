//! HTTP servers in which every state of a connection has a time limit, and a small client.
//!
//! [`serve`] runs the connections of a listener. Every state of a connection has a clock: waiting
//! for a request, receiving its head, receiving its body, and sending a response that the client
//! does not read. The number of connections is bounded, and health checks are answered beyond it.

mod accept;
mod body;
mod client;
mod clock;
mod connection;
mod handler;
mod limits;
mod listen;
mod open;
mod stream;

pub(crate) use accept::ACCEPT_ERRORS;
pub use accept::serve;
pub use body::Body;
pub use client::{GetError, get};
pub(crate) use connection::CLOSED;
pub use handler::{Admission, Handler, Peer};
pub use hyper::{Request, Response, StatusCode, header};
pub use limits::{Limits, max_connections};
pub use listen::listen;
