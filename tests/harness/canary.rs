//! Canaries: listeners at addresses that no page may reach, which record every contact.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::dns;
use crate::{Network, TEST_TIMEOUT};

/// Ports of services that pages try to reach: web servers, Postgres, Redis, `DevTools`.
const TCP: [u16; 6] = [80, 443, 5432, 6379, 8080, 9222];

/// Ports for DNS, QUIC, STUN, and a forged ICE candidate.
const UDP: [u16; 4] = [53, 443, 3478, 4433];

/// Listeners at many addresses and ports.
pub struct Canary {
    /// The addresses at which it accepts connections.
    pub tcp: Vec<SocketAddr>,
    /// The addresses at which it receives datagrams.
    pub udp: Vec<SocketAddr>,
    contacts: watch::Receiver<Vec<Contact>>,
    probes: Mutex<Vec<Probe>>,
    _listeners: JoinSet<()>,
}

/// A contact of our own: protocol, destination and source.
type Probe = (Protocol, SocketAddr, SocketAddr);

/// A connection or datagram that arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Its protocol.
    pub protocol: Protocol,
    /// Its destination.
    pub to: SocketAddr,
    /// Its source.
    pub from: SocketAddr,
    /// Its first bytes, or the name it asked for.
    pub content: String,
}

/// How a contact arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// As a connection.
    Tcp,
    /// As a datagram.
    Udp,
}

impl Canary {
    /// Listens at every denied address: at the ports of well-known services in a network of
    /// the test's own, otherwise at any free port.
    pub async fn listen(network: &Network) -> Self {
        let (contacts, receiver) = watch::channel(Vec::new());
        let contacts = Arc::new(contacts);
        let (mut tcp_at, mut udp_at, mut listeners) = (Vec::new(), Vec::new(), JoinSet::new());
        let (tcp, udp) = if network.is_isolated() { (TCP.as_slice(), UDP.as_slice()) } else { (&[0][..], &[0][..]) };
        for address in network.denied_addresses() {
            for port in tcp {
                let Some(listener) = if_available(TcpListener::bind((address, *port)).await) else { continue };
                tcp_at.push(listener.local_addr().expect("an address"));
                listeners.spawn(accept_connections(listener, Arc::clone(&contacts)));
            }
            for port in udp {
                let Some(socket) = if_available(UdpSocket::bind((address, *port)).await) else { continue };
                udp_at.push(socket.local_addr().expect("an address"));
                listeners.spawn(receive_datagrams(socket, Arc::clone(&contacts)));
            }
        }
        assert!(!tcp_at.is_empty() && !udp_at.is_empty(), "there is no address to listen at");
        Self { tcp: tcp_at, udp: udp_at, contacts: receiver, probes: Mutex::default(), _listeners: listeners }
    }

    /// Returns every contact until now.
    ///
    /// It first probes each listener itself: earlier contacts are recorded before the probe,
    /// and a listener that does not work fails the test.
    pub async fn contacts(&self) -> Vec<Contact> {
        let mut probes = Vec::new();
        let mut open = Vec::new();
        for to in &self.tcp {
            let probe = TcpStream::connect(to).await.expect("the canary listens");
            probes.push((Protocol::Tcp, *to, probe.local_addr().expect("an address")));
            open.push(probe);
        }
        for to in &self.udp {
            let probe = UdpSocket::bind((to.ip(), 0)).await.expect("a free port");
            probe.send_to(b"probe", to).await.expect("the canary listens");
            probes.push((Protocol::Udp, *to, probe.local_addr().expect("an address")));
        }
        let is = |contact: &Contact, probe: &Probe| (contact.protocol, contact.to, contact.from) == *probe;
        let mut receiver = self.contacts.clone();
        let all =
            receiver.wait_for(|contacts| probes.iter().all(|probe| contacts.iter().any(|contact| is(contact, probe))));
        let contacts = timeout(TEST_TIMEOUT, all).await.expect("every probe is recorded").expect("the canary listens");
        let contacts = contacts.clone();
        let mut ours = self.probes.lock().expect("no panic");
        ours.extend(probes);
        contacts.into_iter().filter(|contact| !ours.iter().any(|probe| is(contact, probe))).collect()
    }

    /// Fails the test if there was any contact.
    pub async fn assert_no_contacts(&self) {
        let contacts = self.contacts().await;
        let mut summary: BTreeMap<String, usize> = BTreeMap::new();
        for Contact { protocol, to, content, .. } in &contacts {
            let line = content.lines().next().filter(|line| !line.contains(char::is_control));
            *summary.entry(format!("{protocol:?} {to} {}", line.unwrap_or("(no text)"))).or_default() += 1;
        }
        assert!(contacts.is_empty(), "canaries recorded {} contacts: {summary:#?}", contacts.len());
    }
}

/// Not every machine has every address.
fn if_available<T>(bound: std::io::Result<T>) -> Option<T> {
    match bound {
        Ok(bound) => Some(bound),
        Err(error) if error.kind() == ErrorKind::AddrNotAvailable => None,
        Err(error) => panic!("a canary cannot listen: {error}"),
    }
}

/// A connection is recorded before anything is read from it: one that sends nothing counts.
async fn accept_connections(listener: TcpListener, contacts: Arc<watch::Sender<Vec<Contact>>>) {
    let to = listener.local_addr().expect("an address");
    let mut connections = JoinSet::new();
    while let Ok((mut connection, from)) = listener.accept().await {
        let contact = Contact { protocol: Protocol::Tcp, to, from, content: String::new() };
        contacts.send_modify(|contacts| contacts.push(contact));
        let contacts = Arc::clone(&contacts);
        connections.spawn(async move {
            let mut bytes = [0; 200];
            let length = connection.read(&mut bytes).await.unwrap_or_default();
            contacts.send_modify(|contacts| {
                if let Some(contact) = contacts.iter_mut().find(|contact| (contact.to, contact.from) == (to, from)) {
                    contact.content = String::from_utf8_lossy(&bytes[..length]).into_owned();
                }
            });
        });
    }
}

/// DNS queries are answered, so that their sender continues.
async fn receive_datagrams(socket: UdpSocket, contacts: Arc<watch::Sender<Vec<Contact>>>) {
    let to = socket.local_addr().expect("an address");
    let mut packet = [0; 1500];
    while let Ok((length, from)) = socket.recv_from(&mut packet).await {
        let query = (to.port() == 53).then(|| dns::parse_query(&packet[..length])).flatten();
        let content = query.as_ref().map_or_else(
            || String::from_utf8_lossy(&packet[..length.min(40)]).into_owned(),
            |query| format!("a query for {}", dns::queried_name(query)),
        );
        contacts.send_modify(|contacts| contacts.push(Contact { protocol: Protocol::Udp, to, from, content }));
        if let Some(query) = query {
            let _sender_gone = socket.send_to(&dns::no_such_name(&query), from).await;
        }
    }
}
