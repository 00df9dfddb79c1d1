//! The operating system side of a browser: its process, user, network and files.

mod child;
mod exec;
mod flags;
mod fonts;
mod identity;
mod locate;
mod netns;
mod network;
mod profile_dir;
mod temp_dir;

pub(super) use child::{BrowserProcess, Spawned};
pub(super) use flags::LaunchConfig;
pub(super) use fonts::FontsDir;
pub(super) use identity::Identity;
pub(super) use locate::{BinaryKind, locate};
pub(super) use profile_dir::remove_abandoned;

pub(crate) use flags::{Sandbox, SiteIsolation};
pub(crate) use network::Network;

pub use child::SpawnError;
pub use exec::{EXEC_BROWSER_ARG, exec_browser};
pub use fonts::FontsError;
pub use identity::BrowserUserError;
pub use locate::BinaryNotFound;
