//! Trusted proxies: whose `X-Forwarded-For` is believed.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;

use ipnet::IpNet;

/// The networks of the reverse proxies in front of the API. None by default.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Arc<[IpNet]>);

/// The text is not a network.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an address or a network such as 10.0.0.0/8 or fd00::/8")]
pub struct InvalidProxy(String);

impl FromStr for TrustedProxies {
    type Err = InvalidProxy;

    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        let entries = raw.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        let network = |entry: &str| {
            let address = entry.parse::<IpAddr>().map(IpNet::from);
            address.or_else(|_| entry.parse()).map_err(|_| InvalidProxy(entry.to_owned()))
        };
        entries.map(network).collect::<Result<_, _>>().map(Self)
    }
}

impl TrustedProxies {
    /// Returns the client of a connection from `peer`, given the entries of `X-Forwarded-For`.
    ///
    /// Each proxy appends the address that it received the request from, so only the entries
    /// that trusted proxies have appended are true. Reads from the right until an address is
    /// not that of a trusted proxy, or cannot be read.
    pub(super) fn client_of<'a>(&self, peer: IpAddr, entries: impl DoubleEndedIterator<Item = &'a str>) -> IpAddr {
        let mut client = peer.to_canonical();
        let mut entries = entries.rev();
        while self.contains(client)
            && let Some(previous) = entries.next().and_then(parse)
        {
            client = previous;
        }
        client
    }

    fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// Parses an entry, which may have a port: `203.0.113.7`, `203.0.113.7:4711`, `[2001:db8::1]:4711`.
fn parse(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim();
    let bare = entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(entry);
    let address = bare.parse::<IpAddr>().or_else(|_| entry.parse::<SocketAddr>().map(|address| address.ip()));
    address.ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::{InvalidProxy, TrustedProxies};

    const PROXIES: &str = "10.0.0.0/8, 192.0.2.1,fd00::/8";

    fn client(proxies: &str, peer: &str, header: &str) -> String {
        let proxies: TrustedProxies = proxies.parse().expect("networks");
        proxies.client_of(peer.parse().expect("an address"), header.split(',')).to_string()
    }

    #[test]
    fn without_trusted_proxies_the_header_is_ignored() {
        assert_eq!(client("", "10.0.0.1", "203.0.113.7"), "10.0.0.1");
        assert_eq!(client(PROXIES, "198.51.100.9", "203.0.113.7"), "198.51.100.9");
    }

    #[test]
    fn the_client_is_the_last_address_that_no_trusted_proxy_has() {
        for (peer, header, expected) in [
            ("10.0.0.1", "203.0.113.7", "203.0.113.7"),
            ("10.0.0.1", "1.2.3.4, 203.0.113.7", "203.0.113.7"),
            ("10.0.0.1", "10.9.9.9, 203.0.113.7, 10.0.0.2", "203.0.113.7"),
            ("192.0.2.1", "203.0.113.7, fd00::1", "203.0.113.7"),
            ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
            ("::ffff:10.0.0.1", "203.0.113.7", "203.0.113.7"),
            ("10.0.0.1", "::ffff:203.0.113.7", "203.0.113.7"),
        ] {
            assert_eq!(client(PROXIES, peer, header), expected, "{header} from {peer}");
        }
    }

    #[test]
    fn an_entry_may_have_a_port() {
        for (header, expected) in [
            ("203.0.113.7:4711", "203.0.113.7"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
        ] {
            assert_eq!(client(PROXIES, "10.0.0.1", header), expected, "{header}");
        }
    }

    #[test]
    fn the_search_ends_at_an_entry_that_cannot_be_read() {
        for header in ["", "unknown", "1.2.3.4, unknown", "1.2.3.4,", "1.2.3.4, 999.1.1.1", "1.2.3.4, _hidden"] {
            assert_eq!(client(PROXIES, "10.0.0.1", header), "10.0.0.1", "{header}");
        }
    }

    #[test]
    fn what_is_not_a_network_is_rejected() {
        for raw in ["proxy.example", "10.0.0.0/33", "10.0.0.1:80", "10.0.0.0/8;10.0.0.1"] {
            assert_eq!(raw.parse::<TrustedProxies>().err(), Some(InvalidProxy(raw.to_owned())), "{raw}");
        }
    }
}
