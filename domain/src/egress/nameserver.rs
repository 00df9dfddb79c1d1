//! A name server of the tests' own: it says what it is told to, and counts who asks.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use tokio::net::UdpSocket;
use tokio::task::JoinSet;

const A: u16 = 1;
const CNAME: u16 = 5;
const AAAA: u16 = 28;

/// What there is to say about a name.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    Addresses(Vec<IpAddr>),
    Alias(String),
    Failure,
}

impl Answer {
    pub(crate) fn addresses(raw: &[&str]) -> Self {
        Self::Addresses(raw.iter().map(|raw| raw.parse().expect(raw)).collect())
    }

    pub(crate) fn alias(name: &str) -> Self {
        Self::Alias(name.to_owned())
    }
}

/// Answers on a port of its own until it is dropped. Names it was not told of do not exist.
pub(crate) struct NameServer {
    address: SocketAddr,
    book: Arc<Mutex<Book>>,
    _serving: JoinSet<()>,
}

#[derive(Default)]
struct Book {
    answers: HashMap<String, Answer>,
    asked: HashMap<String, usize>,
}

impl NameServer {
    pub(crate) async fn open() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
        let address = socket.local_addr().expect("an address");
        let book = Arc::new(Mutex::new(Book::default()));
        let mut serving = JoinSet::new();
        let shared = Arc::clone(&book);
        serving.spawn(async move {
            let mut query = [0; 512];
            while let Ok((_, from)) = socket.recv_from(&mut query).await {
                let reply = shared.lock().expect("the book").reply(&query);
                let _gone = socket.send_to(&reply, from).await;
            }
        });
        Self { address, book, _serving: serving }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn set(&self, name: &str, answer: Answer) {
        self.book.lock().expect("the book").answers.insert(name.to_owned(), answer);
    }

    /// How often somebody asked for a name's IPv4 addresses.
    pub(crate) fn asked(&self, name: &str) -> usize {
        self.book.lock().expect("the book").asked.get(name).copied().unwrap_or_default()
    }
}

impl Book {
    fn reply(&mut self, query: &[u8]) -> Vec<u8> {
        let (name, end) = read_name(query);
        let kind = u16::from_be_bytes([query[end], query[end + 1]]);
        if kind == A {
            *self.asked.entry(name.clone()).or_default() += 1;
        }
        let (code, records) = self.look_up(name, kind);
        let count = u16::try_from(records.len()).expect("few records");
        let mut reply = vec![query[0], query[1], 0x81, 0x80 | code, 0, 1];
        reply.extend(count.to_be_bytes());
        reply.extend([0; 4]);
        reply.extend(&query[12..end + 4]);
        reply.extend(records.concat());
        reply
    }

    fn look_up(&self, mut name: String, kind: u16) -> (u8, Vec<Vec<u8>>) {
        let mut records = Vec::new();
        loop {
            match self.answers.get(&name) {
                None => return (3, records),
                Some(Answer::Failure) => return (2, records),
                Some(Answer::Alias(next)) => {
                    records.push(record(&name, CNAME, &written(next)));
                    name.clone_from(next);
                }
                Some(Answer::Addresses(addresses)) => {
                    let of_kind = addresses.iter().filter_map(|address| match address {
                        IpAddr::V4(v4) if kind == A => Some(record(&name, A, &v4.octets())),
                        IpAddr::V6(v6) if kind == AAAA => Some(record(&name, AAAA, &v6.octets())),
                        IpAddr::V4(_) | IpAddr::V6(_) => None,
                    });
                    records.extend(of_kind);
                    return (0, records);
                }
            }
        }
    }
}

/// The name that is asked for, and where it ends.
fn read_name(query: &[u8]) -> (String, usize) {
    let (mut labels, mut at) = (Vec::new(), 12);
    while query[at] != 0 {
        let end = at + 1 + usize::from(query[at]);
        labels.push(String::from_utf8_lossy(&query[at + 1..end]).to_lowercase());
        at = end;
    }
    (labels.join("."), at + 1)
}

fn written(name: &str) -> Vec<u8> {
    let mut written = Vec::new();
    for label in name.split('.') {
        written.push(u8::try_from(label.len()).expect("a short label"));
        written.extend(label.as_bytes());
    }
    written.push(0);
    written
}

/// Class IN, to be kept for an hour: whoever keeps it longer than a job is found out.
fn record(name: &str, kind: u16, data: &[u8]) -> Vec<u8> {
    let mut record = written(name);
    record.extend(kind.to_be_bytes());
    record.extend([0, 1, 0, 0, 0x0e, 0x10]);
    record.extend(u16::try_from(data.len()).expect("short data").to_be_bytes());
    record.extend(data);
    record
}
