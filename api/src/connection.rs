//! The connection of a client: how it ends, and errors that occur before there is a request.

mod discard;
pub(crate) mod handler;
pub(crate) mod rejection;
pub(crate) mod reserved;
pub(crate) mod stream;
pub(crate) mod unread;
