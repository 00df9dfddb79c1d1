//! What may be reached: the public internet, and what the operator names.

use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

use ipnet::IpNet;
use url::Host;

use super::own::OwnAddresses;
use super::special::{is_public, is_special};
use crate::job::BlockedClass;
use crate::render::TargetUrl;

/// What may be reached. Clones share what they know.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    allowed: Arc<[Allowed]>,
    own: Arc<OwnAddresses>,
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
    /// The address is not on the public internet, or is this machine's own.
    #[error("the address is not on the public internet")]
    Address,
    /// The name means this machine or a private network, whatever it resolves to.
    #[error("the name is reserved for private networks")]
    Name,
    /// The port belongs to a service that no page comes from.
    #[error("the port is neither 80 nor 443 nor above 1023")]
    Port,
}

impl Refused {
    /// The word for it in what a job reports.
    pub const fn class(self) -> BlockedClass {
        match self {
            Self::Address => BlockedClass::PrivateAddress,
            Self::Name => BlockedClass::Name,
            Self::Port => BlockedClass::Port,
        }
    }
}

impl Policy {
    /// Decides what can be decided without resolving a name.
    pub fn check_target(&self, url: &TargetUrl) -> Result<(), Refused> {
        self.check_host(&url.host(), url.port())
    }

    /// Decides on a host what can be decided without resolving its name.
    pub fn check_host(&self, host: &Host<impl AsRef<str>>, port: u16) -> Result<(), Refused> {
        if cfg!(feature = "mutant-policy") {
            return Ok(());
        }
        match host {
            Host::Ipv4(address) => self.check_address((*address).into(), port),
            Host::Ipv6(address) => self.check_address((*address).into(), port),
            Host::Domain(_) if self.names_port(port) => Ok(()),
            Host::Domain(name) if is_special(name.as_ref()) => Err(Refused::Name),
            Host::Domain(_) => check_port(port),
        }
    }

    /// Decides on one address.
    pub fn check_address(&self, address: IpAddr, port: u16) -> Result<(), Refused> {
        let address = address.to_canonical();
        let excepted = |allowed: &Allowed| allowed.port == port && allowed.addresses.contains(&address);
        if self.allowed.iter().any(excepted) || cfg!(feature = "mutant-policy") {
            return Ok(());
        }
        if !is_public(address) || self.own.hold(address) {
            return Err(Refused::Address);
        }
        check_port(port)
    }

    /// A name at an excepted port may still resolve to an exception; its addresses decide.
    fn names_port(&self, port: u16) -> bool {
        self.allowed.iter().any(|allowed| allowed.port == port)
    }
}

/// Pages come from the web's two ports, and from those that anybody may open. The rest are
/// other protocols' (mail, shells, directories), where a request is an attack.
fn check_port(port: u16) -> Result<(), Refused> {
    if matches!(port, 80 | 443 | 1024..) { Ok(()) } else { Err(Refused::Port) }
}

/// The public internet, and the exceptions in a comma-separated list of `CIDR:port`.
impl FromStr for Policy {
    type Err = BadAllowed;

    fn from_str(raw: &str) -> Result<Self, BadAllowed> {
        let exceptions = raw.split(',').map(str::trim).filter(|exception| !exception.is_empty());
        Ok(Self { allowed: exceptions.map(str::parse).collect::<Result<_, _>>()?, own: Arc::default() })
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

#[cfg(test)]
mod tests {
    use std::net::IpAddr;
    use std::sync::Arc;

    use super::{BadAllowed, OwnAddresses, Policy, Refused};
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
            "http://0x0/",
            "http://0.0.0.0/",
            "http://0.1.2.3/",
            "http://2130706433/",
            "http://0177.1/",
            "http://127.0.0.1./",
            "HTTP://127.0.0.1/",
            "http://%31%32%37.0.0.1/",
            "http://0x7f000001/",
            "http://10.0.0.1/",
            "http://169.254.169.254/",
            "http://169.254.170.2/",
            "http://169.254.170.23/",
            "http://192.0.0.192/",
            "http://168.63.129.16/",
            "http://100.64.0.1/",
            "http://255.255.255.255/",
            "http://[::1]/",
            "http://[::]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::ffff:7f00:1]/",
            "hTTps://[::FFFF:7F00:0001]/",
            "http://[::ffff:169.254.169.254]/",
            "http://[::7f00:1]/",
            "http://[64:ff9b:1::1]/",
            "http://[100::1]/",
            "http://[2620:4f:8000::1]/",
            "http://[2001::1]/",
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
            "http://localhost6/",
            "http://ip6-localhost/",
            "http://ip6-loopback/",
            "http://host.docker.internal/",
            "http://gateway.docker.internal./",
            "http://wiki.corp/",
            "http://a.onion/",
        ] {
            assert_eq!(check(&Policy::default(), raw), Err(Refused::Name), "{raw}");
        }
    }

    #[test]
    fn names_that_only_look_private_are_the_public_internets() {
        for raw in
            ["http://localhost.example.com/", "http://notlocal.com/", "http://internal.dev/", "http://mylan.net/"]
        {
            assert_eq!(check(&Policy::default(), raw), Ok(()), "{raw}");
        }
    }

    #[test]
    fn the_parser_decides_which_part_of_a_url_is_its_host() {
        for raw in
            ["http://example.com#@127.0.0.1/", "http://example.com\\@127.0.0.1/", "http://example.com/?@127.0.0.1"]
        {
            assert_eq!(check(&Policy::default(), raw), Ok(()), "{raw}");
        }
    }

    #[test]
    fn ports_of_other_protocols_are_refused() {
        for port in [0, 1, 22, 25, 53, 81, 110, 442, 444, 587, 636, 1023] {
            for host in ["93.184.216.34", "[2606:4700::1111]", "example.com"] {
                let raw = format!("http://{host}:{port}/");

                assert_eq!(check(&Policy::default(), &raw), Err(Refused::Port), "{raw}");
            }
        }
        for port in [80, 443, 1024, 5432, 8080, 65535] {
            assert_eq!(check(&Policy::default(), &format!("http://example.com:{port}/")), Ok(()), "{port}");
        }
        assert_eq!(check(&Policy::default(), "http://127.0.0.1:22/"), Err(Refused::Address), "what matters more");
        assert_eq!(check(&Policy::default(), "http://localhost:22/"), Err(Refused::Name), "what matters more");
    }

    #[test]
    fn an_exception_opens_a_port_of_the_public_internet() {
        let policy: Policy = "93.184.216.0/24:22".parse().expect("an exception");

        assert_eq!(check(&policy, "http://93.184.216.34:22/"), Ok(()));
        assert_eq!(check(&policy, "http://93.184.217.34:22/"), Err(Refused::Port));
        assert_eq!(check(&policy, "http://example.com:22/"), Ok(()), "its addresses decide");
    }

    #[test]
    fn this_machine_is_not_reached_by_its_public_address() {
        let own: IpAddr = [93, 184, 216, 34].into();
        let allowed = "93.184.216.34/32:8080".parse::<Policy>().expect("an exception").allowed;
        let policy = Policy { allowed, own: Arc::new(OwnAddresses::of(&[own])) };

        assert_eq!(check(&policy, "http://93.184.216.34/"), Err(Refused::Address));
        assert_eq!(check(&policy, "http://[::ffff:93.184.216.34]/"), Err(Refused::Address));
        assert_eq!(check(&policy, "http://93.184.216.34:8080/"), Ok(()), "the operator wins");
        assert_eq!(check(&policy, "http://93.184.216.35/"), Ok(()));
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
