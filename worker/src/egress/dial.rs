//! Dialling: only addresses that the policy has vetted are connected to.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use domain::egress::{Denied, Policy, is_loopback_name};
use tokio::net::TcpStream;
use tokio::time::timeout;
use url::Host;

use super::resolve::{ResolveError, Resolver};

/// How long one address may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How many addresses of a host are tried. More than real hosts have, and a bound on the time
/// that a hostile one can cost.
const MAX_ADDRESSES: usize = 16;

/// Resolves hosts, checks their addresses against the policy, and connects to them.
#[derive(Debug, Clone)]
pub(crate) struct Dialer {
    pub(crate) policy: Policy,
    pub(crate) resolver: Resolver,
}

/// A host and its addresses, not yet checked. Kept for the length of a session, so that a
/// name cannot change its addresses during it.
#[derive(Debug, Clone)]
pub(super) struct ResolvedHost {
    host: Host,
    addresses: Vec<IpAddr>,
}

/// Addresses that may be connected to. Only [`Dialer::vet`] creates one.
#[derive(Debug, Clone)]
pub(super) struct VettedAddresses {
    addresses: Vec<SocketAddr>,
    #[cfg(feature = "mutant-pinning")]
    host: Host,
}

/// Why there is no connection to a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DialError {
    /// The policy denies the host.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The name does not exist. Do not retry.
    #[error("its name is unknown")]
    NoSuchName,
    /// No name server answered in time. Retry.
    #[error("its name was not resolved in time")]
    DnsTimeout,
    /// No name server could resolve the name. Retry.
    #[error("its name could not be resolved")]
    DnsFailed,
    /// The host reset the connection attempt.
    #[error("the connection was refused")]
    Refused,
    /// There is no route to the host.
    #[error("the host could not be reached")]
    Unreachable,
    /// The host did not accept the connection in time.
    #[error("the connection was not accepted in time")]
    Timeout,
}

impl Dialer {
    /// Resolves a host, for [`Dialer::vet`] to check. Call [`Policy::check_host`] first: it
    /// knows names that must not be resolved.
    pub(super) async fn resolve(&self, host: &Host) -> Result<ResolvedHost, DialError> {
        let addresses = match host {
            Host::Ipv4(address) => vec![IpAddr::V4(*address)],
            Host::Ipv6(address) => vec![address.to_canonical()],
            Host::Domain(name) if is_loopback_name(name) => {
                vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]
            }
            Host::Domain(name) => self.resolver.resolve(name).await?,
        };
        Ok(ResolvedHost { host: host.clone(), addresses })
    }

    /// Checks all addresses of a host for one port. If one is denied, all are.
    pub(super) fn vet(&self, resolved: &ResolvedHost, port: u16) -> Result<VettedAddresses, Denied> {
        let mut addresses = self.policy.check_addresses(&resolved.host, &resolved.addresses, port)?;
        addresses.sort_by_key(SocketAddr::is_ipv6);
        addresses.truncate(MAX_ADDRESSES);
        Ok(VettedAddresses {
            addresses,
            #[cfg(feature = "mutant-pinning")]
            host: resolved.host.clone(),
        })
    }

    /// Connects to the first vetted address that accepts, IPv4 before IPv6.
    ///
    /// If all fail, returns the first error: later ones tend to concern an address family
    /// that this machine does not have.
    pub(super) async fn dial(&self, vetted: &VettedAddresses) -> Result<TcpStream, DialError> {
        #[cfg(feature = "mutant-pinning")]
        let vetted = &self.resolve_again(vetted).await?;
        let mut first_error = None;
        for address in &vetted.addresses {
            match connect(*address).await {
                Ok(stream) if vetted.contains_peer(&stream) => return Ok(stream),
                Ok(_unexpected_peer) => first_error = first_error.or(Some(DialError::Unreachable)),
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        Err(first_error.unwrap_or(DialError::NoSuchName))
    }

    /// The mutant: resolves the name again and connects to whatever it resolves to now.
    #[cfg(feature = "mutant-pinning")]
    async fn resolve_again(&self, vetted: &VettedAddresses) -> Result<VettedAddresses, DialError> {
        let port = vetted.addresses.first().map_or(0, SocketAddr::port);
        let resolved = self.resolve(&vetted.host).await?;
        let addresses = resolved.addresses.iter().map(|address| SocketAddr::new(*address, port)).collect();
        Ok(VettedAddresses { addresses, host: resolved.host })
    }
}

impl VettedAddresses {
    /// Whether a connection's remote address is one of those that were vetted.
    fn contains_peer(&self, stream: &TcpStream) -> bool {
        stream.peer_addr().is_ok_and(|peer| self.addresses.contains(&peer))
    }
}

async fn connect(address: SocketAddr) -> Result<TcpStream, DialError> {
    let connected = timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await.map_err(|_| DialError::Timeout)?;
    let stream = connected.map_err(|error| dial_error(&error))?;
    stream.set_nodelay(true).map_err(|error| dial_error(&error))?;
    Ok(stream)
}

fn dial_error(error: &io::Error) -> DialError {
    let kind = error.kind();
    if kind == ErrorKind::ConnectionRefused {
        return DialError::Refused;
    }
    if kind == ErrorKind::TimedOut { DialError::Timeout } else { DialError::Unreachable }
}

impl From<ResolveError> for DialError {
    fn from(error: ResolveError) -> Self {
        match error {
            ResolveError::NoSuchName => Self::NoSuchName,
            ResolveError::Timeout => Self::DnsTimeout,
            ResolveError::Failed => Self::DnsFailed,
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::egress::{Denied, Policy};
    use tokio::net::TcpListener;
    use url::Host;

    use super::{DialError, Dialer, MAX_ADDRESSES, VettedAddresses};
    use crate::egress::resolve::Resolver;
    use crate::egress::tests::name_server::{DnsData, NameServer};

    /// Checks, resolves and vets a host, in the order in which a session does.
    async fn vet(dialer: &Dialer, name: &str, port: u16) -> Result<VettedAddresses, DialError> {
        let host = Host::parse(name).expect(name);
        dialer.policy.check_host(&host, port)?;
        let resolved = dialer.resolve(&host).await?;
        Ok(dialer.vet(&resolved, port)?)
    }

    /// Allows 127.0.0.1 at one port.
    fn dialer(names: &NameServer, port: u16) -> Dialer {
        let policy: Policy = format!("127.0.0.1/32:{port}").parse().expect("an exception");
        Dialer { policy, resolver: Resolver::at(vec![names.address()]) }
    }

    async fn listen(address: &str) -> (TcpListener, u16) {
        let listener = TcpListener::bind((address, 0)).await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        (listener, port)
    }

    #[tokio::test]
    async fn one_denied_address_denies_the_whole_host() {
        let names = NameServer::start().await;
        let dialer = Dialer { policy: Policy::default(), resolver: Resolver::at(vec![names.address()]) };
        names.set("target.example.com", DnsData::addresses(&["10.0.0.1"]));
        for (name, data) in [
            ("mixed.example.com", DnsData::addresses(&["93.184.216.34", "127.0.0.1"])),
            ("families.example.com", DnsData::addresses(&["93.184.216.34", "fd00:ec2::254"])),
            ("mapped.example.com", DnsData::addresses(&["::ffff:169.254.169.254"])),
            ("nat64.example.com", DnsData::addresses(&["64:ff9b::7f00:1"])),
            ("alias.example.com", DnsData::alias("target.example.com")),
        ] {
            names.set(name, data);

            let vetted = vet(&dialer, name, 80).await;

            assert_eq!(vetted.err(), Some(DialError::Denied(Denied::Address)), "{name}");
        }
        names.set("public.example.com", DnsData::addresses(&["93.184.216.34", "2606:4700::1111"]));
        let vetted = vet(&dialer, "public.example.com", 80).await.expect("public");
        assert_eq!(vetted.addresses.len(), 2);
    }

    #[tokio::test]
    async fn the_vetted_address_is_dialled_even_if_the_name_has_changed() {
        let names = NameServer::start().await;
        let (allowed, port) = listen("127.0.0.1").await;
        let denied = TcpListener::bind(("127.0.0.2", port)).await.expect("the same port on 127.0.0.2");
        let dialer = dialer(&names, port);
        names.set("rebind.example.com", DnsData::addresses(&["127.0.0.1"]));
        let vetted = vet(&dialer, "rebind.example.com", port).await.expect("an exception");

        names.set("rebind.example.com", DnsData::addresses(&["127.0.0.2"]));
        let stream = dialer.dial(&vetted).await.expect("a connection");

        assert_eq!(stream.peer_addr().ok(), allowed.local_addr().ok());
        assert_ne!(stream.peer_addr().ok(), denied.local_addr().ok());
        assert_eq!(names.queries("rebind.example.com"), 1);
    }

    #[tokio::test]
    async fn localhost_is_allowed_where_an_exception_covers_one_of_its_addresses() {
        let names = NameServer::start().await;
        let (_listener, port) = listen("127.0.0.1").await;
        let dialer = dialer(&names, port);

        let vetted = vet(&dialer, "localhost", port).await.expect("an exception");

        assert!(dialer.dial(&vetted).await.is_ok());
        let other_port = vet(&dialer, "localhost", port ^ 1).await.err();
        assert_eq!(other_port, Some(DialError::Denied(Denied::Name)));
    }

    #[tokio::test]
    async fn each_dial_failure_has_its_own_error() {
        let names = NameServer::start().await;
        names.set("broken.example.com", DnsData::ServFail);
        let (listener, port) = listen("127.0.0.1").await;
        drop(listener);
        let dialer = dialer(&names, port);
        let vetted = vet(&dialer, "127.0.0.1", port).await.expect("an exception");

        assert_eq!(dialer.dial(&vetted).await.err(), Some(DialError::Refused));
        assert_eq!(vet(&dialer, "unknown.example.com", 80).await.err(), Some(DialError::NoSuchName));
        assert_eq!(vet(&dialer, "broken.example.com", 80).await.err(), Some(DialError::DnsFailed));
    }

    #[tokio::test]
    async fn the_number_of_addresses_tried_is_limited() {
        let names = NameServer::start().await;
        let many: Vec<_> = (1..=18).map(|last| format!("93.184.216.{last}")).collect();
        names.set("m.example", DnsData::addresses(&many.iter().map(String::as_str).collect::<Vec<_>>()));
        let dialer = Dialer { policy: Policy::default(), resolver: Resolver::at(vec![names.address()]) };

        let vetted = vet(&dialer, "m.example", 443).await.expect("public");

        assert_eq!(vetted.addresses.len(), MAX_ADDRESSES);
    }
}
