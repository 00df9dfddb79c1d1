//! A name server of a test's own: it answers what the test says, and counts who asks.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use tokio::net::UdpSocket;
use tokio::task::JoinSet;

const A: u16 = 1;
const CNAME: u16 = 5;
const AAAA: u16 = 28;

/// A name server. Names that it was told nothing about do not exist.
pub struct Dns {
    address: SocketAddr,
    zone: Arc<Mutex<Zone>>,
    _server: JoinSet<()>,
}

#[derive(Default)]
struct Zone {
    names: HashMap<String, Entry>,
    asked: HashMap<(String, u16), usize>,
}

struct Entry {
    alias: Option<String>,
    turns: Vec<Vec<IpAddr>>,
}

/// What was asked.
pub(crate) struct Question {
    pub(crate) name: String,
    kind: u16,
    end: usize,
}

impl Dns {
    /// Starts one.
    pub async fn open() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
        let (address, zone) = (socket.local_addr().expect("an address"), Arc::<Mutex<Zone>>::default());
        let mut server = JoinSet::new();
        server.spawn(serve(socket, Arc::clone(&zone)));
        Self { address, zone, _server: server }
    }

    /// Where it is, as `TINTYPE_RESOLVER` wants to know.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Answers a name with these addresses.
    pub fn answer(&self, name: &str, addresses: &[&str]) {
        self.answer_in_turn(name, &[addresses]);
    }

    /// Answers the first who asks for a name with the first addresses, the next with the
    /// next, and from then on with the last.
    pub fn answer_in_turn(&self, name: &str, turns: &[&[&str]]) {
        let read = |turn: &&[&str]| turn.iter().map(|address| address.parse().expect("an address")).collect();
        self.tell(name, Entry { alias: None, turns: turns.iter().map(read).collect() });
    }

    /// Answers a name with another name, and that one's addresses.
    pub fn alias(&self, name: &str, other: &str, addresses: &[&str]) {
        let addresses = addresses.iter().map(|address| address.parse().expect("an address")).collect();
        self.tell(name, Entry { alias: Some(other.to_owned()), turns: vec![addresses] });
    }

    /// How often a name's IPv4 addresses were asked for.
    pub fn asked(&self, name: &str) -> usize {
        let asked = &self.zone.lock().expect("no panic").asked;
        asked.get(&(name.to_owned(), A)).copied().unwrap_or_default()
    }

    fn tell(&self, name: &str, entry: Entry) {
        self.zone.lock().expect("no panic").names.insert(name.to_owned(), entry);
    }
}

async fn serve(socket: UdpSocket, zone: Arc<Mutex<Zone>>) {
    let mut packet = [0; 1500];
    while let Ok((length, from)) = socket.recv_from(&mut packet).await {
        let Some(question) = read(&packet[..length]) else { continue };
        let reply = zone.lock().expect("no panic").reply(&packet[..question.end], &question);
        let _asker_gone = socket.send_to(&reply, from).await;
    }
}

impl Zone {
    fn reply(&mut self, asked: &[u8], question: &Question) -> Vec<u8> {
        let turn = self.asked.entry((question.name.clone(), question.kind)).or_default();
        *turn += 1;
        let Some(entry) = self.names.get(&question.name) else { return no_such_name(asked) };
        let addresses = &entry.turns[(*turn - 1).min(entry.turns.len() - 1)];
        let mut records: Vec<(u16, Vec<u8>)> = Vec::new();
        if let Some(alias) = &entry.alias {
            records.push((CNAME, written(alias)));
        }
        records.extend(addresses.iter().filter_map(|address| match (address, question.kind) {
            (IpAddr::V4(address), A) => Some((A, address.octets().to_vec())),
            (IpAddr::V6(address), AAAA) => Some((AAAA, address.octets().to_vec())),
            _ => None,
        }));
        let count = u8::try_from(records.len()).expect("a few");
        let mut reply = header(asked, 0x80, count);
        // The name that was asked for is at byte 12; that of an alias begins its record's data.
        let mut owner = 12;
        for (kind, data) in records {
            let length = u16::try_from(data.len()).expect("short");
            reply.extend(u16::to_be_bytes(0xc000 | owner));
            reply.extend(kind.to_be_bytes());
            reply.extend([0, 1, 0, 0, 0, 0]);
            reply.extend(length.to_be_bytes());
            if kind == CNAME {
                owner = u16::try_from(reply.len()).expect("short");
            }
            reply.extend(data);
        }
        reply
    }
}

/// Reads the one question of a packet, if it is one.
pub(crate) fn read(packet: &[u8]) -> Option<Question> {
    let (mut labels, mut at) = (Vec::new(), 12);
    loop {
        let length = usize::from(*packet.get(at)?);
        if length == 0 {
            break;
        }
        labels.push(String::from_utf8_lossy(packet.get(at + 1..at + 1 + length)?).to_lowercase());
        at += 1 + length;
    }
    let kind = u16::from_be_bytes(packet.get(at + 1..at + 3)?.try_into().ok()?);
    packet.get(at + 3..at + 5)?;
    Some(Question { name: labels.join("."), kind, end: at + 5 })
}

/// Says that a name does not exist. `asked` ends with its question.
pub(crate) fn no_such_name(asked: &[u8]) -> Vec<u8> {
    header(asked, 0x83, 0)
}

fn header(asked: &[u8], status: u8, answers: u8) -> Vec<u8> {
    let mut reply = asked.to_vec();
    reply[2] = 0x81;
    reply[3] = status;
    reply[4..12].copy_from_slice(&[0, 1, 0, answers, 0, 0, 0, 0]);
    reply
}

impl Question {
    /// Where the question ends in its packet.
    pub(crate) fn end(&self) -> usize {
        self.end
    }
}

fn written(name: &str) -> Vec<u8> {
    let label = |label: &str| [&[u8::try_from(label.len()).expect("short")], label.as_bytes()].concat();
    let mut name: Vec<u8> = name.split('.').flat_map(label).collect();
    name.push(0);
    name
}
