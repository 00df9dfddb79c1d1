//! This machine's own addresses: nobody reaches it from inside, also where it is public.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use nix::ifaddrs::{InterfaceAddress, getifaddrs};

/// How long what was read holds: addresses rarely change, and reading them costs a call to
/// the kernel for each interface.
const FRESH: Duration = Duration::from_mins(1);

/// The addresses of this machine's interfaces, read when they are first asked for.
#[derive(Debug, Default)]
pub(super) struct OwnAddresses {
    read: Mutex<Option<Read>>,
}

#[derive(Debug)]
struct Read {
    at: Instant,
    addresses: Arc<[IpAddr]>,
}

impl OwnAddresses {
    /// Whether an address, in its canonical form, is one of this machine's.
    pub(super) fn hold(&self, address: IpAddr) -> bool {
        self.addresses().contains(&address)
    }

    /// What cannot be read now was hardly any different a minute ago.
    fn addresses(&self) -> Arc<[IpAddr]> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(read) = read.as_ref().filter(|read| read.at.elapsed() < FRESH) {
            return Arc::clone(&read.addresses);
        }
        let known = read.as_ref().map_or_else(Arc::default, |read| Arc::clone(&read.addresses));
        let addresses = getifaddrs().map_or(known, |found| found.filter_map(|interface| address(&interface)).collect());
        *read = Some(Read { at: Instant::now(), addresses: Arc::clone(&addresses) });
        addresses
    }

    /// A machine with these addresses.
    #[cfg(test)]
    pub(super) fn of(addresses: &[IpAddr]) -> Self {
        Self { read: Mutex::new(Some(Read { at: Instant::now(), addresses: addresses.into() })) }
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
    fn a_machine_knows_its_loopback_address() {
        let own = OwnAddresses::default();

        assert!(own.hold([127, 0, 0, 1].into()));
        assert!(!own.hold([93, 184, 216, 34].into()));
    }
}
