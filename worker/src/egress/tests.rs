//! The proxy from both sides: what a browser sends, and what the network receives.

mod budgets;
mod denials;
mod fixtures;
mod forwarding;
mod incomplete;
pub(super) mod name_server;
mod permits;
mod sessions;
