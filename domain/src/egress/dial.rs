//! Dialling: a host is judged by every address it has, and what was judged is dialled.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;
use url::Host;

use super::policy::{Policy, Refused};
use super::resolver::{Resolver, Unresolved};
use super::special::is_loopback_name;

/// How long one address may take to accept: what takes longer is hardly going to.
const CONNECT: Duration = Duration::from_secs(5);

/// How many addresses of a host are tried. More than any host needs, and an end to those
/// who would have us try for minutes.
const ADDRESSES: usize = 16;

/// Dials what the policy allows: the one way out for whatever customers name.
#[derive(Debug, Clone)]
pub struct Dialer {
    /// What may be reached.
    pub policy: Policy,
    /// Who is asked for the addresses of names.
    pub resolver: Resolver,
}

/// What a host's name resolved to, not yet judged. To be kept where a name must not change
/// its meaning, as within one job.
#[derive(Debug, Clone)]
pub struct Found {
    host: Host,
    addresses: Vec<IpAddr>,
}

/// Addresses that may be dialled. Only a [`Dialer`] makes one.
#[derive(Debug, Clone)]
pub struct Judged {
    addresses: Vec<SocketAddr>,
    #[cfg(feature = "mutant-pinning")]
    host: Host,
}

/// Why a host was not reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreached {
    /// The policy forbids it. Name something on the public internet.
    #[error(transparent)]
    Denied(#[from] Refused),
    /// There is no such name. Correct it.
    #[error("its name is unknown")]
    NoSuchName,
    /// No name server answered in time. Try again.
    #[error("its name was not resolved in time")]
    DnsTimeout,
    /// No name server could say. Try again.
    #[error("its name could not be resolved")]
    DnsFailed,
    /// The host is there and refuses. Correct the port, or wait until it serves.
    #[error("the connection was refused")]
    Refused,
    /// No way leads there. Try again.
    #[error("the host could not be reached")]
    Unreachable,
    /// The host did not answer in time. Try again.
    #[error("the connection was not accepted in time")]
    Timeout,
}

impl Dialer {
    /// Resolves a host once and judges every address: one forbidden address refuses all.
    pub async fn judge(&self, host: &Host, port: u16) -> Result<Judged, Unreached> {
        self.policy.check_host(host, port)?;
        let found = self.look_up(host).await?;
        Ok(self.judge_found(&found, port)?)
    }

    /// Resolves a host, for [`Dialer::judge_found`] to judge. Ask the policy first: it
    /// knows names that are nobody's to resolve.
    pub async fn look_up(&self, host: &Host) -> Result<Found, Unreached> {
        let addresses = match host {
            Host::Ipv4(address) => vec![IpAddr::V4(*address)],
            Host::Ipv6(address) => vec![address.to_canonical()],
            Host::Domain(name) if is_loopback_name(name) => {
                vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]
            }
            Host::Domain(name) => self.resolver.resolve(name).await?,
        };
        Ok(Found { host: host.clone(), addresses })
    }

    /// Judges what was found, for one port: one forbidden address refuses all.
    ///
    /// The loopback names are ours to resolve, so there the allowed ones of both count.
    pub fn judge_found(&self, found: &Found, port: u16) -> Result<Judged, Refused> {
        self.policy.check_host(&found.host, port)?;
        let judge = |address: &IpAddr| {
            let address = address.to_canonical();
            self.policy.check_address(address, port).map(|()| SocketAddr::new(address, port))
        };
        let mut addresses = match &found.host {
            Host::Domain(name) if is_loopback_name(name) => {
                let allowed: Vec<_> = found.addresses.iter().filter_map(|address| judge(address).ok()).collect();
                if allowed.is_empty() { Err(Refused::Name) } else { Ok(allowed) }
            }
            Host::Domain(_) | Host::Ipv4(_) | Host::Ipv6(_) => found.addresses.iter().map(judge).collect(),
        }?;
        addresses.sort_by_key(SocketAddr::is_ipv6);
        addresses.truncate(ADDRESSES);
        Ok(Judged {
            addresses,
            #[cfg(feature = "mutant-pinning")]
            host: found.host.clone(),
        })
    }

    /// Connects to the first judged address that accepts, IPv4 before IPv6.
    ///
    /// Of several failures the first is told: the later ones tend to be about a family
    /// that this machine does not have.
    pub async fn dial(&self, judged: &Judged) -> Result<TcpStream, Unreached> {
        #[cfg(feature = "mutant-pinning")]
        let judged = &self.judged_anew(judged).await?;
        let mut failure = None;
        for address in &judged.addresses {
            match connect(*address).await {
                Ok(stream) if judged.holds(&stream) => return Ok(stream),
                Ok(_stray) => failure = failure.or(Some(Unreached::Unreachable)),
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        Err(failure.unwrap_or(Unreached::NoSuchName))
    }

    /// Without pinning, a name is resolved again, and whatever comes is dialled.
    #[cfg(feature = "mutant-pinning")]
    async fn judged_anew(&self, judged: &Judged) -> Result<Judged, Unreached> {
        let port = judged.addresses.first().map_or(0, SocketAddr::port);
        let found = self.look_up(&judged.host).await?;
        let addresses = found.addresses.iter().map(|address| SocketAddr::new(*address, port)).collect();
        Ok(Judged { addresses, host: found.host })
    }
}

impl Judged {
    /// Whether a connection leads where it was meant to.
    fn holds(&self, stream: &TcpStream) -> bool {
        stream.peer_addr().is_ok_and(|peer| self.addresses.contains(&peer))
    }
}

async fn connect(address: SocketAddr) -> Result<TcpStream, Unreached> {
    let dialled = timeout(CONNECT, TcpStream::connect(address)).await.map_err(|_| Unreached::Timeout)?;
    let stream = dialled.map_err(|error| unreached(&error))?;
    stream.set_nodelay(true).map_err(|error| unreached(&error))?;
    Ok(stream)
}

fn unreached(error: &io::Error) -> Unreached {
    let kind = error.kind();
    if kind == ErrorKind::ConnectionRefused {
        return Unreached::Refused;
    }
    if kind == ErrorKind::TimedOut { Unreached::Timeout } else { Unreached::Unreachable }
}

impl From<Unresolved> for Unreached {
    fn from(unresolved: Unresolved) -> Self {
        match unresolved {
            Unresolved::NoSuchName => Self::NoSuchName,
            Unresolved::Timeout => Self::DnsTimeout,
            Unresolved::Failed => Self::DnsFailed,
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;
    use url::Host;

    use super::{Dialer, Unreached};
    use crate::egress::nameserver::{Answer, NameServer};
    use crate::egress::{Policy, Refused, Resolver};

    fn host(raw: &str) -> Host {
        Host::parse(raw).expect(raw)
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
    async fn one_forbidden_answer_refuses_them_all() {
        let names = NameServer::open().await;
        let dialer = Dialer { policy: Policy::default(), resolver: Resolver::at(vec![names.address()]) };
        names.set("target.example.com", Answer::addresses(&["10.0.0.1"]));
        for (name, answer) in [
            ("mixed.example.com", Answer::addresses(&["93.184.216.34", "127.0.0.1"])),
            ("families.example.com", Answer::addresses(&["93.184.216.34", "fd00:ec2::254"])),
            ("mapped.example.com", Answer::addresses(&["::ffff:169.254.169.254"])),
            ("nat64.example.com", Answer::addresses(&["64:ff9b::7f00:1"])),
            ("alias.example.com", Answer::alias("target.example.com")),
        ] {
            names.set(name, answer);

            let judged = dialer.judge(&host(name), 80).await;

            assert_eq!(judged.err(), Some(Unreached::Denied(Refused::Address)), "{name}");
        }
        names.set("public.example.com", Answer::addresses(&["93.184.216.34", "2606:4700::1111"]));
        let judged = dialer.judge(&host("public.example.com"), 80).await.expect("public");
        assert_eq!(judged.addresses.len(), 2);
    }

    #[tokio::test]
    async fn what_the_policy_knows_is_refused_without_asking_for_its_name() {
        let names = NameServer::open().await;
        names.set("nas.local", Answer::addresses(&["93.184.216.34"]));
        names.set("mail.example.com", Answer::addresses(&["93.184.216.34"]));
        let dialer = Dialer { policy: Policy::default(), resolver: Resolver::at(vec![names.address()]) };

        let special = dialer.judge(&host("nas.local"), 80).await.err();
        let port = dialer.judge(&host("mail.example.com"), 25).await.err();

        assert_eq!(special, Some(Unreached::Denied(Refused::Name)));
        assert_eq!(port, Some(Unreached::Denied(Refused::Port)));
        assert_eq!(names.asked("nas.local") + names.asked("mail.example.com"), 0);
    }

    #[tokio::test]
    async fn what_was_judged_is_dialled_whatever_its_name_means_by_then() {
        let names = NameServer::open().await;
        let (allowed, port) = listen("127.0.0.1").await;
        let forbidden = TcpListener::bind(("127.0.0.2", port)).await.expect("the same port, next door");
        let dialer = dialer(&names, port);
        names.set("rebind.example.com", Answer::addresses(&["127.0.0.1"]));
        let judged = dialer.judge(&host("rebind.example.com"), port).await.expect("an exception");

        names.set("rebind.example.com", Answer::addresses(&["127.0.0.2"]));
        let stream = dialer.dial(&judged).await.expect("a connection");

        assert_eq!(stream.peer_addr().ok(), allowed.local_addr().ok());
        assert_ne!(stream.peer_addr().ok(), forbidden.local_addr().ok());
        assert_eq!(names.asked("rebind.example.com"), 1);
    }

    #[tokio::test]
    async fn localhost_is_reached_where_the_operator_allows_one_of_its_addresses() {
        let names = NameServer::open().await;
        let (_listener, port) = listen("127.0.0.1").await;
        let dialer = dialer(&names, port);

        let judged = dialer.judge(&host("localhost"), port).await.expect("an exception");

        assert!(dialer.dial(&judged).await.is_ok());
        let elsewhere = dialer.judge(&host("localhost"), port ^ 1).await.err();
        assert_eq!(elsewhere, Some(Unreached::Denied(Refused::Name)));
    }

    #[tokio::test]
    async fn a_host_that_is_not_reached_says_why() {
        let names = NameServer::open().await;
        names.set("broken.example.com", Answer::Failure);
        let (listener, port) = listen("127.0.0.1").await;
        drop(listener);
        let dialer = dialer(&names, port);
        let judged = dialer.judge(&host("127.0.0.1"), port).await.expect("an exception");

        assert_eq!(dialer.dial(&judged).await.err(), Some(Unreached::Refused));
        assert_eq!(dialer.judge(&host("unknown.example.com"), 80).await.err(), Some(Unreached::NoSuchName));
        assert_eq!(dialer.judge(&host("broken.example.com"), 80).await.err(), Some(Unreached::DnsFailed));
    }

    #[tokio::test]
    async fn no_more_addresses_are_tried_than_a_host_needs() {
        let names = NameServer::open().await;
        let many: Vec<_> = (1..=18).map(|last| format!("93.184.216.{last}")).collect();
        names.set("m.example", Answer::addresses(&many.iter().map(String::as_str).collect::<Vec<_>>()));
        let dialer = Dialer { policy: Policy::default(), resolver: Resolver::at(vec![names.address()]) };

        let judged = dialer.judge(&host("m.example"), 443).await.expect("public");

        assert_eq!(judged.addresses.len(), super::ADDRESSES);
    }
}
