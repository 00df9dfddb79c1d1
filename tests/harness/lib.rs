//! The test harness: a database for each test, the API on a free port, workers in this process
//! or as processes, a web site to render, and an audit when the test ends.
//!
//! Tests do not sleep in order to wait. Triggers notify of every change to a job, a queue row
//! or a worker, and [`Service::wait_for`] checks its condition again after each notification.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a harness that fails to start is a failed test")]
#![expect(clippy::missing_panics_doc, reason = "panics are how tests fail")]
#![expect(clippy::disallowed_methods, reason = "tests read and change rows behind the verbs, and move time")]

mod api_process;
mod article;
mod canary;
mod collector;
mod database;
mod descendants;
mod dns;
mod files;
pub mod fixtures;
mod interleaving;
mod logged;
mod metrics;
mod network;
mod pages;
mod pgbouncer;
mod postgres;
mod process;
pub mod processes;
mod proxy;
mod pty;
mod roles;
pub mod sandboxed;
mod server;
mod service;
mod site;
mod skip;
mod template;
mod terminal;
mod web_page;

pub use api_process::ApiProcess;
pub use canary::{Canary, Contact};
pub use collector::{CollectedSpan, Collector};
pub use database::{Database, with_database, with_empty_database};
pub use descendants::Descendants;
pub use dns::DnsServer;
pub use files::{DecodedImage, Pdf, decode_image, read_pdf};
pub use logged::LoggedProcess;
pub use metrics::Metrics;
pub use network::{Network, in_own_network};
pub use pages::{HeldResponse, RecordedRequest};
pub use pgbouncer::PgBouncer;
pub use postgres::{PostgresServer, Replication};
pub use process::{Output, Process, binary, free_address, run};
pub use proxy::{Fault, FaultPoint, InjectedFault, Proxy};
pub use pty::{Pty, exit_code};
pub use roles::Roles;
pub use service::{ApiResponse, SECRET_KEY, Service, with_service, with_service_on, with_sync_wait, with_worker};
pub use site::Site;
pub use skip::skip;
pub use terminal::Terminal;
pub use web_page::WebPage;

use std::time::Duration;

/// The timeout of every wait in a test, many times what any of them takes.
pub const TEST_TIMEOUT: Duration = Duration::from_mins(2);
