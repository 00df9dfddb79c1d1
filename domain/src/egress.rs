//! The way out: what may be dialled on a customer's word, and the only way to dial it.
//!
//! ```text
//!   host, port ──Policy──► name ──Resolver──► every address ──Policy──► Judged ──► dial
//!                 │                                             │
//!                 └──────────────── Unreached::Denied ◄─────────┘
//! ```
//!
//! * **Parse once.** The rules are on hosts and addresses as parsed, never on strings.
//! * **Resolve once, judge every address.** One forbidden answer refuses them all.
//! * **Dial what was judged.** Only a [`Dialer`] makes a [`Judged`], and what it dials is
//!   the address that it looked at, so an answer that changes meanwhile changes nothing.
//!
//! What is public is what IANA's special-purpose registries leave over, less the address by
//! which clouds serve metadata to their guests and less this machine's own.

mod dial;
#[cfg(test)]
mod nameserver;
mod own;
mod policy;
mod resolver;
mod special;

pub use dial::{Dialer, Found, Judged, Unreached};
pub use policy::{BadAllowed, Policy, Refused};
pub use resolver::{BadResolver, Resolver};
