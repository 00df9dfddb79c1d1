//! Data: polls the database and sends messages to the loop.

mod link;
mod poll;
mod query;

pub(super) use poll::poll;
