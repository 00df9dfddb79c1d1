//! Where a page may come from: the public internet, and what the operator names.
//!
//! The rules are on hosts and addresses as parsed, never on strings. What is public is
//! what IANA's special-purpose registries leave over, less the address by which clouds
//! serve metadata to their guests.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use ipnet::IpNet;
use url::Host;

use crate::render::TargetUrl;

/// What may be reached.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    allowed: Vec<Allowed>,
}

/// One exception to the rule: addresses and a port, as in `127.0.0.1/32:8099`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Allowed {
    addresses: IpNet,
    port: u16,
}

/// What was written is no exception.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not of the form CIDR:port, such as 10.1.2.0/24:443 or ::1/128:8099")]
pub struct BadAllowed(String);

/// Why a target is refused. Says the class, never an address that a name resolved to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The address is not on the public internet.
    #[error("the address is not on the public internet")]
    Address,
    /// The name means this machine or a private network, whatever it resolves to.
    #[error("the name is reserved for private networks")]
    Name,
}

impl Policy {
    /// Decides what can be decided without resolving a name.
    pub fn check_target(&self, url: &TargetUrl) -> Result<(), Refused> {
        match url.host() {
            Host::Ipv4(address) => self.check_address(address.into(), url.port()),
            Host::Ipv6(address) => self.check_address(address.into(), url.port()),
            Host::Domain(name) if is_special(name) && !self.names_port(url.port()) => Err(Refused::Name),
            Host::Domain(_) => Ok(()),
        }
    }

    /// Decides on one address.
    pub fn check_address(&self, address: IpAddr, port: u16) -> Result<(), Refused> {
        let address = address.to_canonical();
        let excepted = |allowed: &Allowed| allowed.port == port && allowed.addresses.contains(&address);
        if is_public(address) || self.allowed.iter().any(excepted) { Ok(()) } else { Err(Refused::Address) }
    }

    /// A special name may still resolve to an exception; its addresses decide.
    fn names_port(&self, port: u16) -> bool {
        self.allowed.iter().any(|allowed| allowed.port == port)
    }
}

/// The public internet, and the exceptions in a comma-separated list of `CIDR:port`.
impl FromStr for Policy {
    type Err = BadAllowed;

    fn from_str(raw: &str) -> Result<Self, BadAllowed> {
        let exceptions = raw.split(',').map(str::trim).filter(|exception| !exception.is_empty());
        Ok(Self { allowed: exceptions.map(str::parse).collect::<Result<_, _>>()? })
    }
}

impl FromStr for Allowed {
    type Err = BadAllowed;

    fn from_str(raw: &str) -> Result<Self, BadAllowed> {
        let bad = || BadAllowed(raw.to_owned());
        let (addresses, port) = raw.trim().rsplit_once(':').ok_or_else(bad)?;
        let addresses = addresses.trim_matches(['[', ']']).parse().map_err(|_| bad())?;
        let port = port.parse().map_err(|_| bad())?;
        Ok(Self { addresses, port })
    }
}

/// Names that never belong to the public internet: single labels, and the domains set
/// apart by RFC 6761, 6762, 7686, 8375 and by custom.
fn is_special(name: &str) -> bool {
    const SUFFIXES: [&str; 11] =
        ["localhost", "local", "internal", "intranet", "lan", "home.arpa", "corp", "home", "invalid", "test", "onion"];
    let name = name.trim_end_matches('.');
    let under = |suffix: &str| name.strip_suffix(suffix).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    !name.contains('.') || SUFFIXES.iter().any(|suffix| under(suffix))
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    const DENIED: [([u8; 4], u32); 19] = [
        ([0, 0, 0, 0], 8),
        ([10, 0, 0, 0], 8),
        ([100, 64, 0, 0], 10),
        ([127, 0, 0, 0], 8),
        ([168, 63, 129, 16], 32),
        ([169, 254, 0, 0], 16),
        ([172, 16, 0, 0], 12),
        ([192, 0, 0, 0], 24),
        ([192, 0, 2, 0], 24),
        ([192, 31, 196, 0], 24),
        ([192, 52, 193, 0], 24),
        ([192, 88, 99, 0], 24),
        ([192, 168, 0, 0], 16),
        ([192, 175, 48, 0], 24),
        ([198, 18, 0, 0], 15),
        ([198, 51, 100, 0], 24),
        ([203, 0, 113, 0], 24),
        ([224, 0, 0, 0], 4),
        ([240, 0, 0, 0], 4),
    ];
    let within =
        |network: [u8; 4], bits: u32| (address.to_bits() ^ Ipv4Addr::from(network).to_bits()) >> (32 - bits) == 0;
    !DENIED.iter().any(|(network, bits)| within(*network, *bits))
}

/// Only global unicast (`2000::/3`), less what is set apart inside it.
fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(mapped) = address.to_ipv4_mapped() {
        return is_public_v4(mapped);
    }
    let [first, second, third, ..] = address.segments();
    let global = first & 0xe000 == 0x2000;
    let protocols = first == 0x2001 && second < 0x0200;
    let documentation = (first == 0x2001 && second == 0x0db8) || (first == 0x3fff && second < 0x1000);
    let six_to_four = first == 0x2002;
    let as112 = first == 0x2620 && second == 0x004f && third == 0x8000;
    global && !protocols && !documentation && !six_to_four && !as112
}

#[cfg(test)]
mod tests {
    use super::{BadAllowed, Policy, Refused};
    use crate::render::TargetUrl;

    fn check(policy: &Policy, raw: &str) -> Result<(), Refused> {
        policy.check_target(&TargetUrl::parse(raw).expect(raw))
    }

    #[test]
    fn the_public_internet_is_reached() {
        for raw in [
            "https://example.com/",
            "http://93.184.216.34/",
            "http://172.15.255.255/",
            "http://172.32.0.1/",
            "http://100.63.255.255/",
            "http://100.128.0.1/",
            "http://169.253.255.255/",
            "http://[2606:4700::1111]/",
        ] {
            assert_eq!(check(&Policy::default(), raw), Ok(()), "{raw}");
        }
    }

    #[test]
    fn private_and_reserved_addresses_are_refused_in_every_spelling() {
        for raw in [
            "http://127.0.0.1/",
            "http://0/",
            "http://0x7f000001/",
            "http://10.0.0.1/",
            "http://169.254.169.254/",
            "http://169.254.170.2/",
            "http://192.0.0.192/",
            "http://168.63.129.16/",
            "http://100.64.0.1/",
            "http://255.255.255.255/",
            "http://[::1]/",
            "http://[::]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::ffff:7f00:1]/",
            "http://[64:ff9b::7f00:1]/",
            "http://[fd00:ec2::23]/",
            "http://[fe80::1]/",
            "http://[fec0::1]/",
            "http://[ff02::1]/",
            "http://[2002:7f00:1::]/",
            "http://[2001:db8::1]/",
            "http://[3fff::1]/",
        ] {
            assert_eq!(check(&Policy::default(), raw), Err(Refused::Address), "{raw}");
        }
    }

    #[test]
    fn names_of_private_networks_are_refused() {
        for raw in [
            "http://localhost/",
            "http://LOCALHOST./",
            "http://a.localhost/",
            "http://printer/",
            "http://nas.local/",
            "http://metadata.google.internal/",
            "http://html.render.invalid/",
            "http://router.home.arpa/",
            "http://home.arpa/",
        ] {
            assert_eq!(check(&Policy::default(), raw), Err(Refused::Name), "{raw}");
        }
    }

    #[test]
    fn an_exception_names_addresses_and_one_port() {
        let policy: Policy = "127.0.0.1/32:8099, 10.0.0.0/8:443".parse().expect("exceptions");

        assert_eq!(check(&policy, "http://127.0.0.1:8099/"), Ok(()));
        assert_eq!(check(&policy, "http://[::ffff:127.0.0.1]:8099/"), Ok(()));
        assert_eq!(check(&policy, "http://localhost:8099/"), Ok(()), "its addresses decide");
        assert_eq!(check(&policy, "http://127.0.0.1:5432/"), Err(Refused::Address));
        assert_eq!(check(&policy, "https://10.1.2.3/"), Ok(()));
        assert_eq!(check(&policy, "http://127.0.0.2:8099/"), Err(Refused::Address));
        assert_eq!(check(&policy, "http://localhost:5432/"), Err(Refused::Name));
    }

    #[test]
    fn an_exception_that_is_none_is_refused() {
        for raw in ["127.0.0.1", "127.0.0.1:80", "127.0.0.1/33:80", "10.0.0.0/8:70000", "localhost/8:80"] {
            assert_eq!(raw.parse::<Policy>().expect_err(raw), BadAllowed(raw.to_owned()));
        }
        for raw in ["", "::1/128:8099", "[::1/128]:8099,"] {
            assert!(raw.parse::<Policy>().is_ok(), "{raw}");
        }
    }
}
