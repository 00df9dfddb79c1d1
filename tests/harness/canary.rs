//! Canaries: they sit where no page may get to, and note whoever comes.

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
use crate::{Network, PATIENCE};

/// Where services sit that pages would like to talk to: web servers, Postgres, Redis, `DevTools`.
const TCP: [u16; 6] = [80, 443, 5432, 6379, 8080, 9222];

/// Names, QUIC, STUN, and whatever a forged candidate says.
const UDP: [u16; 4] = [53, 443, 3478, 4433];

/// Ears at many addresses and ports.
pub struct Canary {
    /// Where it hears connections.
    pub tcp: Vec<SocketAddr>,
    /// Where it hears datagrams.
    pub udp: Vec<SocketAddr>,
    heard: watch::Receiver<Vec<Note>>,
    knocks: Mutex<Vec<Knock>>,
    _ears: JoinSet<()>,
}

/// How we came ourselves: by what, where to, and where from.
type Knock = (By, SocketAddr, SocketAddr);

/// Somebody came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Whether by connection or by datagram.
    pub by: By,
    /// Where to.
    pub at: SocketAddr,
    /// Where from.
    pub from: SocketAddr,
    /// The first words, or the name that was asked for.
    pub said: String,
}

/// How somebody came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// A connection.
    Tcp,
    /// A datagram.
    Udp,
}

impl Canary {
    /// Listens at every forbidden address: at ports that services use where the network is
    /// the test's own, elsewhere at any that is free.
    pub async fn open(network: &Network) -> Self {
        let (notes, heard) = watch::channel(Vec::new());
        let notes = Arc::new(notes);
        let (mut tcp_at, mut udp_at, mut ears) = (Vec::new(), Vec::new(), JoinSet::new());
        let (tcp, udp) = if network.is_own() { (TCP.as_slice(), UDP.as_slice()) } else { (&[0][..], &[0][..]) };
        for address in network.forbidden() {
            for port in tcp {
                let Some(listener) = there(TcpListener::bind((address, *port)).await) else { continue };
                tcp_at.push(listener.local_addr().expect("an address"));
                ears.spawn(hear_connections(listener, Arc::clone(&notes)));
            }
            for port in udp {
                let Some(socket) = there(UdpSocket::bind((address, *port)).await) else { continue };
                udp_at.push(socket.local_addr().expect("an address"));
                ears.spawn(hear_datagrams(socket, Arc::clone(&notes)));
            }
        }
        assert!(!tcp_at.is_empty() && !udp_at.is_empty(), "nothing is listened to");
        Self { tcp: tcp_at, udp: udp_at, heard, knocks: Mutex::default(), _ears: ears }
    }

    /// Everything that came until now.
    ///
    /// To know that, it knocks everywhere itself: who came before is heard before, and an
    /// ear that is deaf fails the test.
    pub async fn heard(&self) -> Vec<Note> {
        let mut knocks = Vec::new();
        let mut open = Vec::new();
        for at in &self.tcp {
            let knock = TcpStream::connect(at).await.expect("the canary listens");
            knocks.push((By::Tcp, *at, knock.local_addr().expect("an address")));
            open.push(knock);
        }
        for at in &self.udp {
            let knock = UdpSocket::bind((at.ip(), 0)).await.expect("a free port");
            knock.send_to(b"knock", at).await.expect("the canary listens");
            knocks.push((By::Udp, *at, knock.local_addr().expect("an address")));
        }
        let is = |note: &Note, knock: &Knock| (note.by, note.at, note.from) == *knock;
        let mut heard = self.heard.clone();
        let all = heard.wait_for(|notes| knocks.iter().all(|knock| notes.iter().any(|note| is(note, knock))));
        let notes = timeout(PATIENCE, all).await.expect("every ear hears a knock").expect("the canary listens").clone();
        let mut ours = self.knocks.lock().expect("no panic");
        ours.extend(knocks);
        notes.into_iter().filter(|note| !ours.iter().any(|knock| is(note, knock))).collect()
    }

    /// Fails the test if anybody came.
    pub async fn assert_silent(&self) {
        let heard = self.heard().await;
        let mut told: BTreeMap<String, usize> = BTreeMap::new();
        for Note { by, at, said, .. } in &heard {
            let words = said.lines().next().filter(|line| !line.contains(char::is_control));
            *told.entry(format!("{by:?} {at} {}", words.unwrap_or("in no words"))).or_default() += 1;
        }
        assert!(heard.is_empty(), "canaries heard {} times: {told:#?}", heard.len());
    }
}

/// Not every machine has every address.
fn there<T>(bound: std::io::Result<T>) -> Option<T> {
    match bound {
        Ok(bound) => Some(bound),
        Err(error) if error.kind() == ErrorKind::AddrNotAvailable => None,
        Err(error) => panic!("a canary cannot listen: {error}"),
    }
}

/// A connection is noted before anything is said on it: one that says nothing counts.
async fn hear_connections(listener: TcpListener, notes: Arc<watch::Sender<Vec<Note>>>) {
    let at = listener.local_addr().expect("an address");
    let mut talks = JoinSet::new();
    while let Ok((mut connection, from)) = listener.accept().await {
        notes.send_modify(|notes| notes.push(Note { by: By::Tcp, at, from, said: String::new() }));
        let notes = Arc::clone(&notes);
        talks.spawn(async move {
            let mut words = [0; 200];
            let said = connection.read(&mut words).await.unwrap_or_default();
            notes.send_modify(|notes| {
                if let Some(note) = notes.iter_mut().find(|note| (note.at, note.from) == (at, from)) {
                    note.said = String::from_utf8_lossy(&words[..said]).into_owned();
                }
            });
        });
    }
}

/// Questions for names are answered, so that whoever asks goes on.
async fn hear_datagrams(socket: UdpSocket, notes: Arc<watch::Sender<Vec<Note>>>) {
    let at = socket.local_addr().expect("an address");
    let mut packet = [0; 1500];
    while let Ok((length, from)) = socket.recv_from(&mut packet).await {
        let question = (at.port() == 53).then(|| dns::read(&packet[..length])).flatten();
        let said = question.as_ref().map_or_else(
            || String::from_utf8_lossy(&packet[..length.min(40)]).into_owned(),
            |question| format!("who is {}?", question.name),
        );
        notes.send_modify(|notes| notes.push(Note { by: By::Udp, at, from, said }));
        if let Some(question) = question {
            let _asker_gone = socket.send_to(&dns::no_such_name(&packet[..question.end()]), from).await;
        }
    }
}
