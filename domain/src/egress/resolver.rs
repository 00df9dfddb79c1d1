//! Names to addresses, by asking name servers and nobody else.

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

/// How long a name may take to be resolved, all tries together.
const RESOLVE: Duration = Duration::from_secs(5);

/// How long one try may take: two fit, for packets get lost.
const TRY: Duration = Duration::from_secs(2);

/// How many aliases may lead from a name to its addresses. Hosts that are served by others
/// have two or three; a chain that goes on is a trap.
const ALIASES: usize = 8;

/// Where name servers listen unless another port is written.
const DNS: u16 = 53;

/// Where the system names its name servers.
const SYSTEM: &str = "/etc/resolv.conf";

/// Asks name servers for a name's addresses.
///
/// No search domain completes a name, no `/etc/hosts` answers it, and nothing is kept: an
/// answer belongs to the job that asked, which keeps it for as long as it lasts.
#[derive(Debug, Clone)]
pub struct Resolver {
    /// Nothing where the machine gave no means to ask.
    asks: Option<TokioResolver>,
}

/// What was written is no list of name servers.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an address with or without a port, such as 9.9.9.9, 10.0.0.2:5353 or [2620:fe::fe]:53")]
pub struct BadResolver(String);

/// Why a name has no addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unresolved {
    /// There is no such name, or it has no address.
    NoSuchName,
    /// No answer came in time.
    Timeout,
    /// There is no name server, or it could not say.
    Failed,
}

impl Resolver {
    /// Asks the name servers in `/etc/resolv.conf`, as they are now.
    ///
    /// Where there are none, no name resolves.
    pub fn system() -> Self {
        Self::at(named(&std::fs::read_to_string(SYSTEM).unwrap_or_default()))
    }

    /// Asks these name servers.
    pub fn at(servers: Vec<SocketAddr>) -> Self {
        let servers = servers.into_iter().map(|server| {
            let (mut udp, mut tcp) = (ConnectionConfig::udp(), ConnectionConfig::tcp());
            (udp.port, tcp.port) = (server.port(), server.port());
            NameServerConfig::new(server.ip(), true, vec![udp, tcp])
        });
        let config = ResolverConfig::from_name_servers(servers.collect());
        let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        let options = builder.options_mut();
        options.timeout = TRY;
        options.attempts = 1;
        options.cache_size = 0;
        options.use_hosts_file = ResolveHosts::Never;
        options.preserve_intermediates = true;
        Self { asks: builder.build().ok() }
    }

    /// Finds every address of a name, IPv4 first. A family that does not answer has none,
    /// as long as the other one does.
    pub(super) async fn resolve(&self, name: &str) -> Result<Vec<IpAddr>, Unresolved> {
        let Ok(mut name) = Name::from_ascii(name) else { return Err(Unresolved::NoSuchName) };
        name.set_fqdn(true);
        let (v4, v6) = join(self.ask(name.clone(), RecordType::A), self.ask(name, RecordType::AAAA)).await;
        match (v4, v6) {
            (Ok(v4), Ok(v6)) => Ok([v4, v6].concat()),
            (Ok(found), Err(_)) | (Err(_), Ok(found)) => Ok(found),
            (Err(Unresolved::NoSuchName), Err(other)) | (Err(other), Err(_)) => Err(other),
        }
    }

    async fn ask(&self, name: Name, kind: RecordType) -> Result<Vec<IpAddr>, Unresolved> {
        let resolver = self.asks.as_ref().ok_or(Unresolved::Failed)?;
        let answer = timeout(RESOLVE, resolver.lookup(name, kind)).await.map_err(|_| Unresolved::Timeout)?;
        addresses(&answer.map_err(|error| unresolved(&error))?)
    }
}

fn addresses(answer: &Lookup) -> Result<Vec<IpAddr>, Unresolved> {
    let aliases = answer.answers().iter().filter(|record| matches!(record.data, RData::CNAME(_))).count();
    if aliases > ALIASES {
        return Err(Unresolved::Failed);
    }
    let found: Vec<_> = answer.answers().iter().filter_map(|record| record.data.ip_addr()).collect();
    if found.is_empty() { Err(Unresolved::NoSuchName) } else { Ok(found) }
}

fn unresolved(error: &NetError) -> Unresolved {
    if let NetError::Dns(DnsError::NoRecordsFound(none)) = error
        && matches!(none.response_code, ResponseCode::NXDomain | ResponseCode::NoError)
    {
        return Unresolved::NoSuchName;
    }
    if matches!(error, NetError::Timeout) { Unresolved::Timeout } else { Unresolved::Failed }
}

/// The servers of a `resolv.conf`. One whose address names an interface is passed over.
fn named(resolv_conf: &str) -> Vec<SocketAddr> {
    let server = |line: &str| {
        let mut words = line.split_whitespace();
        let address = words.next().filter(|word| *word == "nameserver").and(words.next())?;
        Some(SocketAddr::new(address.parse().ok()?, DNS))
    };
    resolv_conf.lines().filter_map(server).collect()
}

/// The name servers in a comma-separated list of `IP` or `IP:port`; the system's if empty.
impl FromStr for Resolver {
    type Err = BadResolver;

    fn from_str(raw: &str) -> Result<Self, BadResolver> {
        let servers = raw.split(',').map(str::trim).filter(|server| !server.is_empty());
        let servers = servers.map(server).collect::<Result<Vec<_>, _>>()?;
        Ok(if servers.is_empty() { Self::system() } else { Self::at(servers) })
    }
}

fn server(raw: &str) -> Result<SocketAddr, BadResolver> {
    let bare = || raw.trim_matches(['[', ']']).parse::<IpAddr>().map(|address| SocketAddr::new(address, DNS));
    raw.parse().or_else(|_| bare()).map_err(|_| BadResolver(raw.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::{BadResolver, Resolver, Unresolved, named, server};
    use crate::egress::nameserver::{Answer, NameServer};

    #[tokio::test]
    async fn a_name_has_the_addresses_of_both_families() {
        let names = NameServer::open().await;
        names.set("both.example.com", Answer::addresses(&["2606:4700::1111", "93.184.216.34"]));
        let resolver = Resolver::at(vec![names.address()]);

        let found = resolver.resolve("both.example.com").await;

        let expected: [IpAddr; 2] = ["93.184.216.34", "2606:4700::1111"].map(|raw| raw.parse().expect(raw));
        assert_eq!(found, Ok(expected.to_vec()));
    }

    #[tokio::test]
    async fn aliases_are_followed_and_a_chain_of_them_is_not() {
        let names = NameServer::open().await;
        names.set("end.example.com", Answer::addresses(&["93.184.216.34"]));
        names.set("alias.example.com", Answer::alias("end.example.com"));
        names.set("chain0.example.com", Answer::alias("end.example.com"));
        for link in 1..=8 {
            names.set(&format!("chain{link}.example.com"), Answer::alias(&format!("chain{}.example.com", link - 1)));
        }
        let resolver = Resolver::at(vec![names.address()]);

        assert_eq!(resolver.resolve("alias.example.com").await.map(|found| found.len()), Ok(1));
        assert_eq!(resolver.resolve("chain7.example.com").await.map(|found| found.len()), Ok(1));
        assert_eq!(resolver.resolve("chain8.example.com").await, Err(Unresolved::Failed));
    }

    #[tokio::test]
    async fn nothing_is_kept_between_two_questions() {
        let names = NameServer::open().await;
        let resolver = Resolver::at(vec![names.address()]);
        names.set("moves.example.com", Answer::addresses(&["93.184.216.34"]));
        let before = resolver.resolve("moves.example.com").await;

        names.set("moves.example.com", Answer::addresses(&["93.184.216.35"]));

        assert_eq!(before, Ok(vec![[93, 184, 216, 34].into()]));
        assert_eq!(resolver.resolve("moves.example.com").await, Ok(vec![[93, 184, 216, 35].into()]));
        assert_eq!(names.asked("moves.example.com"), 2);
    }

    #[tokio::test]
    async fn what_does_not_resolve_says_why() {
        let names = NameServer::open().await;
        names.set("broken.example.com", Answer::Failure);
        names.set("empty.example.com", Answer::addresses(&[]));
        let resolver = Resolver::at(vec![names.address()]);

        for name in ["unknown.example.com", "empty.example.com", "no name", &"a".repeat(64)] {
            assert_eq!(resolver.resolve(name).await, Err(Unresolved::NoSuchName), "{name}");
        }
        assert_eq!(resolver.resolve("broken.example.com").await, Err(Unresolved::Failed));
        assert_eq!(Resolver::at(Vec::new()).resolve("example.com").await, Err(Unresolved::Failed));
    }

    #[test]
    fn name_servers_are_read_from_a_list() {
        for (raw, read) in [
            ("9.9.9.9", "9.9.9.9:53"),
            ("10.0.0.2:5353", "10.0.0.2:5353"),
            ("2620:fe::fe", "[2620:fe::fe]:53"),
            ("[2620:fe::fe]", "[2620:fe::fe]:53"),
            ("[2620:fe::fe]:5353", "[2620:fe::fe]:5353"),
        ] {
            assert_eq!(server(raw).map(|server| server.to_string()), Ok(read.to_owned()), "{raw}");
        }
        for raw in ["dns.example.com", "9.9.9.9:", "9.9.9.9:70000", "9.9.9"] {
            assert_eq!(raw.parse::<Resolver>().err(), Some(BadResolver(raw.to_owned())), "{raw}");
        }
        assert!(" 9.9.9.9, 10.0.0.2:5353,".parse::<Resolver>().is_ok());
        assert!("".parse::<Resolver>().is_ok());
    }

    #[test]
    fn the_systems_name_servers_are_read_and_nothing_else() {
        let raw = "# nameserver 1.1.1.1\nsearch corp.example.com\nnameserver 10.0.0.2\n nameserver\t2620:fe::fe # ours\n\
                   nameserver fe80::1%eth0\nnameserver\noptions ndots:5\n";

        let servers: Vec<_> = named(raw).iter().map(ToString::to_string).collect();

        assert_eq!(servers, ["10.0.0.2:53", "[2620:fe::fe]:53"]);
        assert!(named("").is_empty());
    }
}
