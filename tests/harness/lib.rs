//! What every story stands on: a database of its own, the API on a free port, workers in
//! this process or as processes, a web site to render, and the audit when it ends.
//!
//! Nobody sleeps to wait. Triggers tell of every change to a job, a queue row or a worker,
//! and [`Service::until`] looks again whenever one of them does.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a harness that cannot stand is a failed test")]
#![expect(clippy::missing_panics_doc, reason = "panics are how tests fail")]
#![expect(clippy::disallowed_methods, reason = "stories look behind the statements, and move time")]

mod blocked;
mod canary;
mod database;
mod dns;
mod file;
mod gallery;
pub mod inspect;
mod network;
mod orphans;
mod pages;
mod process;
mod proxy;
mod server;
mod service;
mod site;
mod terminal;

pub use canary::{Canary, Note};
pub use database::{Database, on_database};
pub use dns::Dns;
pub use file::{Pdf, Picture, pdf, picture};
pub use network::{Network, apart};
pub use orphans::Orphans;
pub use pages::{Held, Visit};
pub use process::{Output, Process, binary, run};
pub use proxy::{Fault, Moment, Ordered, Proxy};
pub use server::Server;
pub use service::{Answer, Service, story, story_on, story_waiting};
pub use site::Site;
pub use terminal::Terminal;

use std::time::Duration;

/// How long anything may take before the test fails: many times what it does take.
pub const PATIENCE: Duration = Duration::from_mins(2);
