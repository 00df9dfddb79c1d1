//! The addresses of this machine. They are denied even where they are public.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use nix::ifaddrs::{InterfaceAddress, getifaddrs};

/// How long a list of addresses is reused: they rarely change, and reading them costs a
/// system call per interface.
const REFRESH_INTERVAL: Duration = Duration::from_mins(1);

/// The addresses of this machine's interfaces, read on first use.
#[derive(Debug, Default)]
pub(super) struct OwnAddresses {
    cache: Mutex<Option<Cached>>,
}

#[derive(Debug)]
struct Cached {
    read_at: Instant,
    addresses: Arc<[IpAddr]>,
}

impl OwnAddresses {
    /// Whether an address, in its canonical form, is one of this machine's.
    pub(super) fn contains(&self, address: IpAddr) -> bool {
        self.addresses().contains(&address)
    }

    /// Returns the cached list, refreshed if it is stale. A failed read keeps the old list.
    pub(super) fn addresses(&self) -> Arc<[IpAddr]> {
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cached) = cache.as_ref().filter(|cached| cached.read_at.elapsed() < REFRESH_INTERVAL) {
            return Arc::clone(&cached.addresses);
        }
        let old = cache.as_ref().map_or_else(Arc::default, |cached| Arc::clone(&cached.addresses));
        let addresses = getifaddrs().map_or(old, |all| all.filter_map(|interface| address(&interface)).collect());
        *cache = Some(Cached { read_at: Instant::now(), addresses: Arc::clone(&addresses) });
        addresses
    }

    /// A list that holds these addresses until it is refreshed.
    #[cfg(test)]
    pub(super) fn fixed(addresses: &[IpAddr]) -> Self {
        Self { cache: Mutex::new(Some(Cached { read_at: Instant::now(), addresses: addresses.into() })) }
    }
}

fn address(interface: &InterfaceAddress) -> Option<IpAddr> {
    let address = interface.address?;
    let v4 = address.as_sockaddr_in().map(|v4| v4.ip().into());
    v4.or_else(|| address.as_sockaddr_in6().map(|v6| v6.ip().into()))
}

#[cfg(test)]
mod tests {
    use super::OwnAddresses;

    #[test]
    fn the_loopback_address_is_an_own_address() {
        let own = OwnAddresses::default();

        assert!(own.contains([127, 0, 0, 1].into()));
        assert!(!own.contains([93, 184, 216, 34].into()));
    }
}
