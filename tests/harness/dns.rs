//! A DNS server for one test: it answers from its own zone, and counts queries.

use std::collections::{BTreeSet, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::{Arc, Mutex};

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::rdata::{A, AAAA, CNAME};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use tokio::net::UdpSocket;
use tokio::task::JoinSet;

/// A DNS server. A name that is not in its zone does not exist.
pub struct DnsServer {
    address: SocketAddr,
    zone: Arc<Mutex<Zone>>,
    _server: JoinSet<()>,
}

#[derive(Default)]
struct Zone {
    names: HashMap<String, Entry>,
    queries: HashMap<(String, RecordType), usize>,
}

struct Entry {
    alias: Option<String>,
    /// The addresses of the first response, of the second, and so on; the last one repeats.
    sequence: Vec<Vec<IpAddr>>,
}

impl DnsServer {
    /// Starts a server.
    pub async fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
        let (address, zone) = (socket.local_addr().expect("an address"), Arc::<Mutex<Zone>>::default());
        let mut server = JoinSet::new();
        server.spawn(serve(socket, Arc::clone(&zone)));
        Self { address, zone, _server: server }
    }

    /// Returns the server's address, as `TINTYPE_RESOLVER` expects it.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Adds a name with these addresses.
    pub fn answer(&self, name: &str, addresses: &[&str]) {
        self.answer_in_sequence(name, &[addresses]);
    }

    /// Adds a name whose addresses change with each query. The last addresses repeat.
    pub fn answer_in_sequence(&self, name: &str, sequence: &[&[&str]]) {
        self.add(name, Entry { alias: None, sequence: sequence.iter().map(|addresses| parse(addresses)).collect() });
    }

    /// Adds a name that is an alias of another name with these addresses.
    pub fn alias(&self, name: &str, other: &str, addresses: &[&str]) {
        self.add(name, Entry { alias: Some(other.to_owned()), sequence: vec![parse(addresses)] });
    }

    /// Returns how often a name's IPv4 addresses were queried.
    pub fn query_count(&self, name: &str) -> usize {
        let queries = &self.zone.lock().expect("no panic").queries;
        queries.get(&(name.to_owned(), RecordType::A)).copied().unwrap_or_default()
    }

    /// Returns every name that was queried, for any type of record, in lower case.
    pub fn queried_names(&self) -> BTreeSet<String> {
        self.zone.lock().expect("no panic").queries.keys().map(|(name, _)| name.clone()).collect()
    }

    fn add(&self, name: &str, entry: Entry) {
        self.zone.lock().expect("no panic").names.insert(name.to_owned(), entry);
    }
}

/// Reads a DNS query with exactly one question.
pub(crate) fn parse_query(packet: &[u8]) -> Option<Message> {
    Message::from_vec(packet).ok().filter(|message| message.queries.len() == 1)
}

/// Returns the name that a query asks for, in lower case and without the final dot.
pub(crate) fn queried_name(query: &Message) -> String {
    let name = query.queries.first().map(|query| query.name().to_lowercase().to_ascii()).unwrap_or_default();
    name.trim_end_matches('.').to_owned()
}

/// Returns the response that the queried name does not exist.
pub(crate) fn no_such_name(query: &Message) -> Vec<u8> {
    encode(&respond(query, ResponseCode::NXDomain))
}

async fn serve(socket: UdpSocket, zone: Arc<Mutex<Zone>>) {
    let mut packet = [0; 1500];
    while let Ok((length, from)) = socket.recv_from(&mut packet).await {
        let Some(query) = parse_query(&packet[..length]) else { continue };
        let response = zone.lock().expect("no panic").response(&query);
        let _client_gone = socket.send_to(&response, from).await;
    }
}

impl Zone {
    fn response(&mut self, query: &Message) -> Vec<u8> {
        let (name, kind) = (queried_name(query), query.queries[0].query_type());
        let count = self.queries.entry((name.clone(), kind)).or_default();
        *count += 1;
        let Some(entry) = self.names.get(&name) else { return no_such_name(query) };
        let mut response = respond(query, ResponseCode::NoError);
        let mut owner = query.queries[0].name().clone();
        if let Some(alias) = &entry.alias {
            let alias = Name::from_str(&format!("{alias}.")).expect("a DNS name");
            response.add_answer(Record::from_rdata(owner, 0, RData::CNAME(CNAME(alias.clone()))));
            owner = alias;
        }
        for address in &entry.sequence[(*count - 1).min(entry.sequence.len() - 1)] {
            let data = match (address, kind) {
                (IpAddr::V4(address), RecordType::A) => RData::A(A(*address)),
                (IpAddr::V6(address), RecordType::AAAA) => RData::AAAA(AAAA(*address)),
                _ => continue,
            };
            response.add_answer(Record::from_rdata(owner.clone(), 0, data));
        }
        encode(&response)
    }
}

fn respond(query: &Message, code: ResponseCode) -> Message {
    let mut response = Message::response(query.metadata.id, query.metadata.op_code);
    response.add_queries(query.queries.clone());
    response.metadata.response_code = code;
    response.metadata.recursion_desired = query.metadata.recursion_desired;
    response.metadata.recursion_available = true;
    response
}

fn encode(response: &Message) -> Vec<u8> {
    response.to_vec().expect("a short message")
}

fn parse(addresses: &[&str]) -> Vec<IpAddr> {
    addresses.iter().map(|address| address.parse().expect("an IP address")).collect()
}
