//! One browser: a Chromium process tree, sandboxed and without access to the machine.
//!
//! It runs as an unprivileged user, in its own process group, with a private directory, an
//! environment of three variables and, where the system allows it, its own network namespace.
//! The worker controls it through a pipe ([`crate::cdp`]); its network traffic goes through a
//! [`Proxy`](crate::egress::Proxy) in the worker. It renders one page at a time, only for one
//! account, and with or without site isolation ([`SiteIsolation`]). It ends, with all its
//! processes, when its process group is killed, its owner is dropped, or the worker dies.

mod context;
mod instance;
mod lane;
mod launch;
mod process;
mod reset;
mod state;

pub(crate) use context::{Context, Frames, Purpose, Window};
pub(crate) use instance::Browser;
pub(crate) use lane::{Lane, WORLD};
pub(crate) use launch::Launcher;
pub(crate) use process::{Network, Sandbox, SiteIsolation};
pub(crate) use reset::RESET_WINDOW_NAME;
pub(crate) use state::{BrowserState, Retirement};

pub use launch::StartError;
pub use process::{BinaryNotFound, BrowserUserError, EXEC_BROWSER_ARG, FontsError, SpawnError, exec_browser};
