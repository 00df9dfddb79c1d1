//! CDP, the protocol that controls a browser, over a pipe: commands, replies and events.
//!
//! The message types are chromiumoxide's; the client is our own. Every command has a deadline.
//! When the pipe closes, or the page crashes or is closed, all pending commands fail at once.
//! No command is sent to a page that has crashed, because `Page.printToPDF` on a crashed page
//! terminates the whole browser.
//!
//! The first page of its context that attaches after [`Client::expect_page`] is the page that was
//! requested; any other was opened by a page.

mod client;
mod dispatch;
mod error;
mod message;
mod pipe;

pub(crate) use client::{Client, Session};
pub(crate) use dispatch::PageTarget;
pub(crate) use error::CallError;
pub(crate) use message::Event;
pub(crate) use pipe::{BrowserEnds, Pipe};
