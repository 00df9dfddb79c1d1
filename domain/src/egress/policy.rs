//! Decides which targets may be reached: the public internet, and the operator's exceptions.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;

use url::Host;

use super::addresses::is_public;
use super::denied::Denied;
use super::exception::{Exception, InvalidException};
use super::names::{is_html_site, is_loopback_name, is_reserved};
use super::own::OwnAddresses;
use crate::options::TargetUrl;

/// Which targets may be reached. Cheap to clone: clones share the list of own addresses.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    exceptions: Arc<[Exception]>,
    own: Arc<OwnAddresses>,
}

impl Policy {
    /// Checks a URL as far as possible without resolving its host.
    pub fn check_target(&self, url: &TargetUrl) -> Result<(), Denied> {
        self.check_host(&url.host(), url.port())
    }

    /// Checks a host and a port as far as possible without resolving the host's name.
    pub fn check_host(&self, host: &Host<impl AsRef<str>>, port: u16) -> Result<(), Denied> {
        if cfg!(feature = "mutant-policy") {
            return Ok(());
        }
        match host {
            Host::Ipv4(address) => self.check_address((*address).into(), port),
            Host::Ipv6(address) => self.check_address((*address).into(), port),
            Host::Domain(name) if is_html_site(name.as_ref()) => Err(Denied::Name),
            Host::Domain(_) if self.has_exception_at(port) => Ok(()),
            Host::Domain(name) if is_reserved(name.as_ref()) => Err(Denied::Name),
            Host::Domain(_) => check_port(port),
        }
    }

    /// Checks the addresses that a host resolved to. Denies all of them if one is denied.
    ///
    /// A loopback name resolves to both loopback addresses by definition (RFC 6761), so for
    /// it the allowed ones are returned, and it is denied only if there are none.
    pub fn check_addresses(
        &self,
        host: &Host<impl AsRef<str>>,
        addresses: &[IpAddr],
        port: u16,
    ) -> Result<Vec<SocketAddr>, Denied> {
        self.check_host(host, port)?;
        let check = |address: &IpAddr| {
            let address = address.to_canonical();
            self.check_address(address, port).map(|()| SocketAddr::new(address, port))
        };
        match host {
            Host::Domain(name) if is_loopback_name(name.as_ref()) => {
                let allowed: Vec<_> = addresses.iter().filter_map(|address| check(address).ok()).collect();
                if allowed.is_empty() { Err(Denied::Name) } else { Ok(allowed) }
            }
            Host::Domain(_) | Host::Ipv4(_) | Host::Ipv6(_) => addresses.iter().map(check).collect(),
        }
    }

    /// Checks one address and a port.
    pub fn check_address(&self, address: IpAddr, port: u16) -> Result<(), Denied> {
        let address = address.to_canonical();
        let is_exception = self.exceptions.iter().any(|exception| exception.covers(address, port));
        if is_exception || cfg!(feature = "mutant-policy") {
            return Ok(());
        }
        if !is_public(address) || self.own.contains(address) {
            return Err(Denied::Address);
        }
        check_port(port)
    }

    /// A name at such a port may resolve to an exception, so its addresses have to decide.
    fn has_exception_at(&self, port: u16) -> bool {
        self.exceptions.iter().any(|exception| exception.port() == port)
    }
}

/// Allows the two web ports and the unprivileged ones. The other privileged ports belong to
/// protocols such as SMTP, SSH and LDAP, where an HTTP request is an attack.
fn check_port(port: u16) -> Result<(), Denied> {
    if matches!(port, 80 | 443 | 1024..) { Ok(()) } else { Err(Denied::Port) }
}

/// Parses a comma-separated list of exceptions, each `CIDR:port`.
impl FromStr for Policy {
    type Err = InvalidException;

    fn from_str(raw: &str) -> Result<Self, InvalidException> {
        let exceptions = raw.split(',').map(str::trim).filter(|exception| !exception.is_empty());
        Ok(Self { exceptions: exceptions.map(str::parse).collect::<Result<_, _>>()?, own: Arc::default() })
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;
    use std::sync::Arc;

    use super::{Denied, OwnAddresses, Policy};
    use crate::options::TargetUrl;

    fn check(policy: &Policy, raw: &str) -> Result<(), Denied> {
        policy.check_target(&TargetUrl::parse(raw).expect(raw))
    }

    #[test]
    fn public_targets_are_allowed() {
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
    fn private_and_reserved_addresses_are_denied_in_every_spelling() {
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
            assert_eq!(check(&Policy::default(), raw), Err(Denied::Address), "{raw}");
        }
    }

    #[test]
    fn names_of_private_networks_are_denied() {
        for raw in [
            "http://localhost/",
            "http://LOCALHOST./",
            "http://a.localhost/",
            "http://printer/",
            "http://nas.local/",
            "http://metadata.google.internal/",
            "http://html.render.localhost/",
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
            assert_eq!(check(&Policy::default(), raw), Err(Denied::Name), "{raw}");
        }
    }

    #[test]
    fn names_that_only_resemble_private_ones_are_allowed() {
        for raw in
            ["http://localhost.example.com/", "http://notlocal.com/", "http://internal.dev/", "http://mylan.net/"]
        {
            assert_eq!(check(&Policy::default(), raw), Ok(()), "{raw}");
        }
    }

    #[test]
    fn the_url_parser_decides_which_part_of_a_url_is_the_host() {
        for raw in
            ["http://example.com#@127.0.0.1/", "http://example.com\\@127.0.0.1/", "http://example.com/?@127.0.0.1"]
        {
            assert_eq!(check(&Policy::default(), raw), Ok(()), "{raw}");
        }
    }

    #[test]
    fn ports_of_other_protocols_are_denied() {
        for port in [0, 1, 22, 25, 53, 81, 110, 442, 444, 587, 636, 1023] {
            for host in ["93.184.216.34", "[2606:4700::1111]", "example.com"] {
                let raw = format!("http://{host}:{port}/");

                assert_eq!(check(&Policy::default(), &raw), Err(Denied::Port), "{raw}");
            }
        }
        for port in [80, 443, 1024, 5432, 8080, 65535] {
            assert_eq!(check(&Policy::default(), &format!("http://example.com:{port}/")), Ok(()), "{port}");
        }
        assert_eq!(
            check(&Policy::default(), "http://127.0.0.1:22/"),
            Err(Denied::Address),
            "the more specific reason wins"
        );
        assert_eq!(
            check(&Policy::default(), "http://localhost:22/"),
            Err(Denied::Name),
            "the more specific reason wins"
        );
    }

    #[test]
    fn an_exception_can_open_a_port_of_a_public_network() {
        let policy: Policy = "93.184.216.0/24:22".parse().expect("an exception");

        assert_eq!(check(&policy, "http://93.184.216.34:22/"), Ok(()));
        assert_eq!(check(&policy, "http://93.184.217.34:22/"), Err(Denied::Port));
        assert_eq!(check(&policy, "http://example.com:22/"), Ok(()), "its addresses are checked after resolution");
    }

    #[test]
    fn this_machine_is_denied_under_its_public_address() {
        let own: IpAddr = [93, 184, 216, 34].into();
        let exceptions = "93.184.216.34/32:8080".parse::<Policy>().expect("an exception").exceptions;
        let policy = Policy { exceptions, own: Arc::new(OwnAddresses::fixed(&[own])) };

        assert_eq!(check(&policy, "http://93.184.216.34/"), Err(Denied::Address));
        assert_eq!(check(&policy, "http://[::ffff:93.184.216.34]/"), Err(Denied::Address));
        assert_eq!(check(&policy, "http://93.184.216.34:8080/"), Ok(()), "an exception overrides own addresses");
        assert_eq!(check(&policy, "http://93.184.216.35/"), Ok(()));
    }

    #[test]
    fn an_exception_covers_one_network_at_one_port() {
        let policy: Policy = "127.0.0.1/32:8099, 10.0.0.0/8:443".parse().expect("exceptions");

        assert_eq!(check(&policy, "http://127.0.0.1:8099/"), Ok(()));
        assert_eq!(check(&policy, "http://[::ffff:127.0.0.1]:8099/"), Ok(()));
        assert_eq!(check(&policy, "http://localhost:8099/"), Ok(()), "its addresses are checked after resolution");
        assert_eq!(check(&policy, "http://127.0.0.1:5432/"), Err(Denied::Address));
        assert_eq!(check(&policy, "https://10.1.2.3/"), Ok(()));
        assert_eq!(check(&policy, "http://127.0.0.2:8099/"), Err(Denied::Address));
        assert_eq!(check(&policy, "http://localhost:5432/"), Err(Denied::Name));
    }
}
