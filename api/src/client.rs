//! The client of a request: its address, and how many invalid keys it has sent.

mod address;
mod invalid_keys;
mod trusted_proxies;

pub(crate) use address::address;
pub(crate) use invalid_keys::{InvalidKeys, TooMany};
pub use trusted_proxies::TrustedProxies;
