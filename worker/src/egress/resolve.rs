//! Resolving names to addresses, by querying name servers only.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::time::Duration;

use futures_util::future::join;
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig};
use hickory_resolver::lookup::Lookup;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use tokio::time::timeout;

/// How long resolving a name may take, including all attempts.
const RESOLVE_TIMEOUT: Duration = Duration::from_secs(5);

/// The timeout of one attempt. Two fit into `RESOLVE_TIMEOUT`, so a lost packet can be sent again.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(2);

/// How many CNAME records may lead from a name to its addresses. Hosts behind a CDN have two
/// or three; a longer chain is treated as an attack.
const MAX_ALIASES: usize = 8;

/// The default port of name servers.
const DNS_PORT: u16 = 53;

/// Where the system lists its name servers.
const RESOLV_CONF: &str = "/etc/resolv.conf";

/// Resolves names by querying name servers.
///
/// Uses neither search domains nor `/etc/hosts`, and caches nothing: the session that asked
/// keeps the answer for as long as it is open.
#[derive(Debug, Clone)]
pub struct Resolver {
    /// `None` if no resolver could be built; then no name resolves.
    inner: Option<TokioResolver>,
}

/// The text is not a valid list of name servers.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an IP address, optionally with a port, such as 9.9.9.9, 10.0.0.2:5353 or [2620:fe::fe]:53")]
pub struct InvalidResolver(String);

/// Why a name was not resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ResolveError {
    /// The name does not exist, or has no address.
    NoSuchName,
    /// No name server answered in time.
    Timeout,
    /// There is no name server, or it returned an error.
    Failed,
}

impl Resolver {
    /// Uses the name servers that `/etc/resolv.conf` lists now. If it lists none, no name
    /// resolves.
    pub fn system() -> Self {
        Self::at(name_servers(&std::fs::read_to_string(RESOLV_CONF).unwrap_or_default()))
    }

    /// Uses these name servers.
    pub fn at(servers: Vec<SocketAddr>) -> Self {
        let servers = servers.into_iter().map(|server| {
            let (mut udp, mut tcp) = (ConnectionConfig::udp(), ConnectionConfig::tcp());
            (udp.port, tcp.port) = (server.port(), server.port());
            NameServerConfig::new(server.ip(), true, vec![udp, tcp])
        });
        let config = ResolverConfig::from_name_servers(servers.collect());
        let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        let options = builder.options_mut();
        options.timeout = ATTEMPT_TIMEOUT;
        options.attempts = 1;
        options.cache_size = 0;
        options.use_hosts_file = ResolveHosts::Never;
        options.preserve_intermediates = true;
        Self { inner: builder.build().ok() }
    }

    /// Returns all addresses of a name, IPv4 first. A failed lookup of one address family is
    /// ignored if the other succeeds.
    pub(super) async fn resolve(&self, name: &str) -> Result<Vec<IpAddr>, ResolveError> {
        let Ok(mut name) = Name::from_ascii(name) else { return Err(ResolveError::NoSuchName) };
        name.set_fqdn(true);
        let (v4, v6) = join(self.lookup(name.clone(), RecordType::A), self.lookup(name, RecordType::AAAA)).await;
        match (v4, v6) {
            (Ok(v4), Ok(v6)) => Ok([v4, v6].concat()),
            (Ok(addresses), Err(_)) | (Err(_), Ok(addresses)) => Ok(addresses),
            (Err(ResolveError::NoSuchName), Err(other)) | (Err(other), Err(_)) => Err(other),
        }
    }

    async fn lookup(&self, name: Name, record_type: RecordType) -> Result<Vec<IpAddr>, ResolveError> {
        let resolver = self.inner.as_ref().ok_or(ResolveError::Failed)?;
        let answer =
            timeout(RESOLVE_TIMEOUT, resolver.lookup(name, record_type)).await.map_err(|_| ResolveError::Timeout)?;
        addresses(&answer.map_err(|error| resolve_error(&error))?)
    }
}

fn addresses(answer: &Lookup) -> Result<Vec<IpAddr>, ResolveError> {
    let aliases = answer.answers().iter().filter(|record| matches!(record.data, RData::CNAME(_))).count();
    if aliases > MAX_ALIASES {
        return Err(ResolveError::Failed);
    }
    let addresses: Vec<_> = answer.answers().iter().filter_map(|record| record.data.ip_addr()).collect();
    if addresses.is_empty() { Err(ResolveError::NoSuchName) } else { Ok(addresses) }
}

fn resolve_error(error: &NetError) -> ResolveError {
    if let NetError::Dns(DnsError::NoRecordsFound(response)) = error
        && matches!(response.response_code, ResponseCode::NXDomain | ResponseCode::NoError)
    {
        return ResolveError::NoSuchName;
    }
    if matches!(error, NetError::Timeout) { ResolveError::Timeout } else { ResolveError::Failed }
}

/// Parses the name servers of a `resolv.conf`. Skips scoped addresses, such as `fe80::1%eth0`.
fn name_servers(resolv_conf: &str) -> Vec<SocketAddr> {
    let server = |line: &str| {
        let mut words = line.split_whitespace();
        let address = words.next().filter(|word| *word == "nameserver").and(words.next())?;
        Some(SocketAddr::new(address.parse().ok()?, DNS_PORT))
    };
    resolv_conf.lines().filter_map(server).collect()
}

/// Parses a comma-separated list of `IP` or `IP:port`; the system's name servers if empty.
impl FromStr for Resolver {
    type Err = InvalidResolver;

    fn from_str(raw: &str) -> Result<Self, InvalidResolver> {
        let servers = raw.split(',').map(str::trim).filter(|server| !server.is_empty());
        let servers = servers.map(parse_server).collect::<Result<Vec<_>, _>>()?;
        Ok(if servers.is_empty() { Self::system() } else { Self::at(servers) })
    }
}

fn parse_server(raw: &str) -> Result<SocketAddr, InvalidResolver> {
    let bare = || raw.trim_matches(['[', ']']).parse::<IpAddr>().map(|address| SocketAddr::new(address, DNS_PORT));
    raw.parse().or_else(|_| bare()).map_err(|_| InvalidResolver(raw.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::{InvalidResolver, ResolveError, Resolver, name_servers, parse_server};
    use crate::egress::tests::name_server::{DnsData, NameServer};

    #[tokio::test]
    async fn a_name_resolves_to_the_addresses_of_both_families() {
        let names = NameServer::start().await;
        names.set("both.example.com", DnsData::addresses(&["2606:4700::1111", "93.184.216.34"]));
        let resolver = Resolver::at(vec![names.address()]);

        let found = resolver.resolve("both.example.com").await;

        let expected: [IpAddr; 2] = ["93.184.216.34", "2606:4700::1111"].map(|raw| raw.parse().expect(raw));
        assert_eq!(found, Ok(expected.to_vec()));
    }

    #[tokio::test]
    async fn aliases_are_followed_up_to_a_limit() {
        let names = NameServer::start().await;
        names.set("end.example.com", DnsData::addresses(&["93.184.216.34"]));
        names.set("alias.example.com", DnsData::alias("end.example.com"));
        names.set("chain0.example.com", DnsData::alias("end.example.com"));
        for link in 1..=8 {
            names.set(&format!("chain{link}.example.com"), DnsData::alias(&format!("chain{}.example.com", link - 1)));
        }
        let resolver = Resolver::at(vec![names.address()]);

        assert_eq!(resolver.resolve("alias.example.com").await.map(|found| found.len()), Ok(1));
        assert_eq!(resolver.resolve("chain7.example.com").await.map(|found| found.len()), Ok(1));
        assert_eq!(resolver.resolve("chain8.example.com").await, Err(ResolveError::Failed));
    }

    #[tokio::test]
    async fn answers_are_not_cached() {
        let names = NameServer::start().await;
        let resolver = Resolver::at(vec![names.address()]);
        names.set("moves.example.com", DnsData::addresses(&["93.184.216.34"]));
        let before = resolver.resolve("moves.example.com").await;

        names.set("moves.example.com", DnsData::addresses(&["93.184.216.35"]));

        assert_eq!(before, Ok(vec![[93, 184, 216, 34].into()]));
        assert_eq!(resolver.resolve("moves.example.com").await, Ok(vec![[93, 184, 216, 35].into()]));
        assert_eq!(names.queries("moves.example.com"), 2);
    }

    #[tokio::test]
    async fn resolution_failures_are_classified() {
        let names = NameServer::start().await;
        names.set("broken.example.com", DnsData::ServFail);
        names.set("empty.example.com", DnsData::addresses(&[]));
        let resolver = Resolver::at(vec![names.address()]);

        for name in ["unknown.example.com", "empty.example.com", "no name", &"a".repeat(64)] {
            assert_eq!(resolver.resolve(name).await, Err(ResolveError::NoSuchName), "{name}");
        }
        assert_eq!(resolver.resolve("broken.example.com").await, Err(ResolveError::Failed));
        assert_eq!(Resolver::at(Vec::new()).resolve("example.com").await, Err(ResolveError::Failed));
    }

    #[test]
    fn a_list_of_name_servers_is_parsed() {
        for (raw, parsed) in [
            ("9.9.9.9", "9.9.9.9:53"),
            ("10.0.0.2:5353", "10.0.0.2:5353"),
            ("2620:fe::fe", "[2620:fe::fe]:53"),
            ("[2620:fe::fe]", "[2620:fe::fe]:53"),
            ("[2620:fe::fe]:5353", "[2620:fe::fe]:5353"),
        ] {
            assert_eq!(parse_server(raw).map(|server| server.to_string()), Ok(parsed.to_owned()), "{raw}");
        }
        for raw in ["dns.example.com", "9.9.9.9:", "9.9.9.9:70000", "9.9.9"] {
            assert_eq!(raw.parse::<Resolver>().err(), Some(InvalidResolver(raw.to_owned())), "{raw}");
        }
        assert!(" 9.9.9.9, 10.0.0.2:5353,".parse::<Resolver>().is_ok());
        assert!("".parse::<Resolver>().is_ok());
    }

    #[test]
    fn only_name_server_lines_of_resolv_conf_are_used() {
        let raw = "# nameserver 1.1.1.1\nsearch corp.example.com\nnameserver 10.0.0.2\n nameserver\t2620:fe::fe # ours\n\
                   nameserver fe80::1%eth0\nnameserver\noptions ndots:5\n";

        let servers: Vec<_> = name_servers(raw).iter().map(ToString::to_string).collect();

        assert_eq!(servers, ["10.0.0.2:53", "[2620:fe::fe]:53"]);
        assert!(name_servers("").is_empty());
    }
}
