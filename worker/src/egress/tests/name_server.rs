//! A DNS server with configurable data that counts queries.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::rdata::CNAME;
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use tokio::net::UdpSocket;
use tokio::task::JoinSet;

/// An hour: a resolver that cached records would keep them for longer than any session.
const TTL: u32 = 3_600;

/// What a query for a name returns.
#[derive(Debug, Clone)]
pub(in crate::egress) enum DnsData {
    Addresses(Vec<IpAddr>),
    Alias(String),
    ServFail,
}

impl DnsData {
    pub(in crate::egress) fn addresses(raw: &[&str]) -> Self {
        Self::Addresses(raw.iter().map(|raw| raw.parse().expect(raw)).collect())
    }

    pub(in crate::egress) fn alias(name: &str) -> Self {
        Self::Alias(name.to_owned())
    }
}

/// Listens on a free port until it is dropped. Names without data do not exist.
pub(in crate::egress) struct NameServer {
    address: SocketAddr,
    zone: Arc<Mutex<Zone>>,
    _serving: JoinSet<()>,
}

#[derive(Default)]
struct Zone {
    data: HashMap<String, DnsData>,
    /// Queries for IPv4 addresses, by name.
    queries: HashMap<String, usize>,
}

impl NameServer {
    pub(in crate::egress) async fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
        let address = socket.local_addr().expect("an address");
        let zone = Arc::new(Mutex::new(Zone::default()));
        let mut serving = JoinSet::new();
        let shared = Arc::clone(&zone);
        serving.spawn(async move {
            let mut query = [0; 512];
            while let Ok((length, client)) = socket.recv_from(&mut query).await {
                let query = Message::from_vec(&query[..length]).expect("a DNS message");
                let response = shared.lock().expect("the zone").respond(query);
                let _client_gone = socket.send_to(&response.to_vec().expect("a DNS message"), client).await;
            }
        });
        Self { address, zone, _serving: serving }
    }

    pub(in crate::egress) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(in crate::egress) fn set(&self, name: &str, data: DnsData) {
        self.zone.lock().expect("the zone").data.insert(name.to_owned(), data);
    }

    /// Returns how often a name's IPv4 addresses were queried.
    pub(in crate::egress) fn queries(&self, name: &str) -> usize {
        self.zone.lock().expect("the zone").queries.get(name).copied().unwrap_or_default()
    }
}

impl Zone {
    fn respond(&mut self, query: Message) -> Message {
        let mut response = Message::response(query.metadata.id, query.metadata.op_code);
        response.metadata.recursion_desired = true;
        response.metadata.recursion_available = true;
        let question = query.queries.first().expect("a question");
        let name = question.name.to_ascii().to_lowercase();
        let name = name.trim_end_matches('.').to_owned();
        if question.query_type == RecordType::A {
            *self.queries.entry(name.clone()).or_default() += 1;
        }
        (response.metadata.response_code, response.answers) = self.look_up(name, question.query_type);
        response.queries = query.queries;
        response
    }

    fn look_up(&self, mut name: String, record_type: RecordType) -> (ResponseCode, Vec<Record>) {
        let mut records = Vec::new();
        loop {
            match self.data.get(&name) {
                None => return (ResponseCode::NXDomain, records),
                Some(DnsData::ServFail) => return (ResponseCode::ServFail, records),
                Some(DnsData::Alias(next)) => {
                    records.push(record(&name, RData::CNAME(CNAME(parse_name(next)))));
                    name.clone_from(next);
                }
                Some(DnsData::Addresses(addresses)) => {
                    let records_of_name = addresses.iter().map(|address| RData::from(*address));
                    let matching = records_of_name.filter(|data| data.record_type() == record_type);
                    records.extend(matching.map(|data| record(&name, data)));
                    return (ResponseCode::NoError, records);
                }
            }
        }
    }
}

fn record(name: &str, data: RData) -> Record {
    Record::from_rdata(parse_name(name), TTL, data)
}

fn parse_name(name: &str) -> Name {
    let mut name = Name::from_ascii(name).expect(name);
    name.set_fqdn(true);
    name
}
