//! The proxy from both sides: what a browser sends, and what the network receives.

mod budgets;
mod denials;
mod fixtures;
mod forwarding;
pub(super) mod name_server;
mod sessions;
