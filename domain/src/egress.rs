//! Egress policy: which hosts, addresses and ports may be reached, and why others are denied.
//!
//! ```text
//!   host, port ──check_host──► resolve ──every address──► check_addresses ──► dial
//!                   │         (worker)                          │           (worker)
//!                   └────────────────► Denied ◄─────────────────┘
//! ```
//!
//! * **Parse once.** Rules apply to parsed hosts and addresses, never to strings.
//! * **Check every address.** A host is denied if any of its addresses is.
//! * **No I/O** except reading the addresses of this machine's own interfaces.
//!
//! Names are for names, networks for addresses: an exception for a name lets it be resolved, and its addresses must
//! still be public or covered by an exception of their own.
//!
//! The public internet is everything outside IANA's special-purpose registries, except the
//! address at which Azure serves instance metadata and the addresses of this machine.

mod addresses;
mod denied;
mod exception;
mod names;
mod own;
mod policy;
mod ports;

pub use denied::Denied;
pub use exception::InvalidException;
pub use names::{HTML_SITE, is_loopback_name};
pub use policy::Policy;
