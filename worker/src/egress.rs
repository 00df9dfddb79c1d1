//! Egress: every browser's only way to the network is a filtering proxy in the worker.
//!
//! ```text
//!   browser ──► proxy::accept ──► connection ──ProxyRequest──► connect ──► MeteredStream ──► internet
//!                    │                                           │  resolve, vet, dial
//!                    └──────────────── EgressSession ◄───────────┘  budgets, status, report
//! ```
//!
//! * A request that is denied, or arrives while no session is open, gets an empty 403: a page
//!   cannot tell a host that does not exist from one that is denied.
//! * A connection belongs to the session that was open when it was accepted, and is closed
//!   with it.
//! * A name is resolved once per session, so it cannot change its address during a job; no
//!   answer is reused in another session.

mod budget;
mod connect;
mod dial;
mod meter;
pub(crate) mod metrics;
mod proxy;
mod resolve;
mod session;
mod state;
mod status;
mod target;
#[cfg(test)]
mod tests;

pub(crate) use dial::{DialError, Dialer};
pub(crate) use proxy::Proxy;
pub(crate) use session::EgressSession;
pub(crate) use state::EgressReport;
pub(crate) use status::ConnectStatus;

pub use resolve::{InvalidResolver, Resolver};
