//! A proxy, a web site that it allows, and requests to it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use domain::job::{Blocked, BlockedClass};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use url::Url;

use super::name_server::NameServer;
use crate::egress::budget::Limits;
use crate::egress::dial::Dialer;
use crate::egress::proxy::Proxy;
use crate::egress::resolve::Resolver;

pub(super) const CONNECTED: &str = "HTTP/1.1 200 OK\r\n\r\n";
pub(super) const NO_CONTENT: &str = "HTTP/1.1 204 No Content\r\n\r\n";
pub(super) const FORBIDDEN: &str = "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n";

/// A proxy that allows one site.
pub(super) struct TestProxy {
    pub(super) inner: Proxy,
    pub(super) address: SocketAddr,
    pub(super) names: NameServer,
}

impl TestProxy {
    pub(super) async fn allowing(site: &TestSite) -> Self {
        Self::with_limits(site, Limits::DEFAULT).await
    }

    pub(super) async fn with_limits(site: &TestSite, limits: Limits) -> Self {
        let names = NameServer::start().await;
        let policy = format!("127.0.0.1/32:{}", site.port()).parse().expect("an exception");
        let dialer = Dialer { policy, resolver: Resolver::at(vec![names.address()]) };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        Self { inner: Proxy::with_limits(listener, Arc::new(dialer), limits), address, names }
    }

    /// Sends a request on a new connection and returns the response.
    pub(super) async fn send(&self, request: &str) -> String {
        let mut browser = self.connect().await;
        browser.write_all(request.as_bytes()).await.expect("written");
        read_response(&mut browser).await
    }

    pub(super) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("the proxy")
    }

    /// Requests a tunnel, and returns the connection and the response.
    pub(super) async fn open_tunnel(&self, target: &str) -> (TcpStream, String) {
        let mut browser = self.connect().await;
        browser.write_all(connect_request(target).as_bytes()).await.expect("written");
        let response = read_response(&mut browser).await;
        (browser, response)
    }
}

pub(super) fn connect_request(target: &str) -> String {
    format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n")
}

pub(super) fn get_request(url: &str) -> String {
    format!("GET {url} HTTP/1.1\r\nHost: example.com\r\n\r\n")
}

/// Reads a response head and as many bytes as its `content-length` announces, or until the
/// connection ends.
pub(super) async fn read_response(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&read).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return text;
            }
        }
        match stream.read_u8().await {
            Ok(byte) => read.push(byte),
            Err(_closed) => return text,
        }
    }
}

/// Whether a connection was closed or reset.
pub(super) async fn is_closed(stream: &mut TcpStream) -> bool {
    matches!(stream.read(&mut [0; 64]).await, Ok(0) | Err(_))
}

pub(super) fn blocked<const N: usize>(counts: [(BlockedClass, u64); N]) -> Blocked {
    counts.into_iter().collect()
}

/// A web site on 127.0.0.1 that records requests, and a listener at the same port of 127.0.0.2.
pub(super) struct TestSite {
    pub(super) address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
    connections: mpsc::UnboundedReceiver<&'static str>,
    serving: JoinSet<()>,
}

impl TestSite {
    /// Sends the same response to every request.
    pub(super) async fn responding(response: &'static str) -> Self {
        Self::responding_after("\r\n\r\n", response).await
    }

    /// Sends the same response whenever it has received `end`.
    pub(super) async fn responding_after(end: &'static str, response: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let neighbour = TcpListener::bind(("127.0.0.2", address.port())).await.expect("the same port on 127.0.0.2");
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (accepted, connections) = mpsc::unbounded_channel();
        let mut serving = JoinSet::new();
        let (recorded, neighbour_accepted) = (Arc::clone(&requests), accepted.clone());
        serving.spawn(async move {
            let mut tasks = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let _test_ended = accepted.send("site");
                tasks.spawn(respond(stream, end, response, Arc::clone(&recorded)));
            }
        });
        serving.spawn(async move {
            while neighbour.accept().await.is_ok() {
                let _test_ended = neighbour_accepted.send("127.0.0.2");
            }
        });
        Self { address, requests, connections, serving }
    }

    /// Responds without content.
    pub(super) async fn start() -> Self {
        Self::responding(NO_CONTENT).await
    }

    pub(super) async fn close(mut self) {
        self.serving.shutdown().await;
    }

    pub(super) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(super) fn url(&self, path: &str) -> Url {
        format!("http://{}{path}", self.address).parse().expect(path)
    }

    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("the requests").clone()
    }

    /// Returns the connections accepted since the last call, by listener.
    pub(super) fn connections(&mut self) -> Vec<&'static str> {
        std::iter::from_fn(|| self.connections.try_recv().ok()).collect()
    }
}

/// Responds until the client closes, or closes the connection at a `\0` in the response.
async fn respond(mut stream: TcpStream, end: &str, response: &'static str, requests: Arc<Mutex<Vec<String>>>) {
    let mut request = Vec::new();
    while let Ok(byte) = stream.read_u8().await {
        request.push(byte);
        if request.ends_with(end.as_bytes()) {
            requests.lock().expect("the requests").push(String::from_utf8_lossy(&request).into_owned());
            request.clear();
            let (sent, closes) = response.split_once('\0').map_or((response, false), |(sent, _)| (sent, true));
            if stream.write_all(sent.as_bytes()).await.is_err() || closes {
                return;
            }
        }
    }
}
