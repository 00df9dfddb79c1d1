//! A proxy in front of Postgres that injects faults.
//!
//! It parses as much of the protocol as it takes to inject a fault such as "when this statement
//! has been executed for the second time, close the connection before its response arrives".

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sqlx::postgres::PgConnectOptions;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy, sink, split};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::TEST_TIMEOUT;

/// A proxy. Dropping it closes its connections.
pub struct Proxy {
    url: String,
    state: Arc<ProxyState>,
    _listener: JoinSet<()>,
}

/// A fault of one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The connection is closed on both sides.
    Disconnect,
    /// The connection is half open from then on: it is not closed, and nothing arrives.
    Freeze,
    /// The message arrives when it is [released](Proxy::release).
    Hold,
}

/// The point of a statement's execution at which a fault occurs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultPoint {
    /// Before the server receives the statement.
    Before,
    /// After the server has executed it, and before it receives the commit.
    During,
    /// After the server has committed it, and before the client receives the response.
    After,
}

/// A fault that was injected, to wait for.
pub struct InjectedFault(watch::Receiver<bool>);

struct Rule {
    text: &'static str,
    seen: usize,
    from: usize,
    to: usize,
    point: FaultPoint,
    trigger: Trigger,
}

#[derive(Clone)]
struct Trigger {
    fault: Fault,
    occurred: watch::Sender<bool>,
}

/// What happens to new connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Open,
    Refusing,
    Frozen,
}

struct ProxyState {
    server: Mutex<Arc<Address>>,
    mode: Mutex<Mode>,
    rules: Mutex<Vec<Rule>>,
    connections: Mutex<Vec<watch::Sender<Option<Fault>>>>,
    releases: watch::Sender<usize>,
}

enum Address {
    Socket(PathBuf),
    Port(String, u16),
}

impl Address {
    fn of(database_url: &str) -> Self {
        let options = PgConnectOptions::from_str(database_url).expect("the URL of a database");
        let (host, port) = (options.get_host().to_owned(), options.get_port());
        match options.get_socket() {
            Some(directory) => Self::Socket(directory.join(format!(".s.PGSQL.{port}"))),
            None => Self::Port(host, port),
        }
    }
}

/// The protocol state of one connection: its prepared statements, and the numbers of batches
/// that were sent and answered.
#[derive(Default)]
struct Session {
    statements: HashMap<Vec<u8>, Vec<u8>>,
    sent: u64,
    answered: u64,
    /// The fault at the end of the batch that is being sent.
    at_commit: Option<Trigger>,
    /// The fault of the response to the batch of this number.
    at_response: Option<(u64, Trigger)>,
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

impl Proxy {
    /// Opens a proxy to a database.
    pub async fn to(database_url: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let mut url = reqwest::Url::parse(database_url).expect("a URL");
        url.set_host(Some("127.0.0.1")).expect("a URL with a host");
        url.set_port(listener.local_addr().ok().map(|address| address.port())).expect("a URL with a port");
        url.set_query(Some("sslmode=disable"));
        let state = Arc::new(ProxyState {
            server: Mutex::new(Arc::new(Address::of(database_url))),
            mode: Mutex::new(Mode::Open),
            rules: Mutex::default(),
            connections: Mutex::default(),
            releases: watch::Sender::new(0),
        });
        let mut task = JoinSet::new();
        task.spawn(Arc::clone(&state).listen(listener));
        Self { url: url.into(), state, _listener: task }
    }

    /// Returns the URL of the database through this proxy.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Injects a fault into the n-th execution, from now, of a statement that contains `text`.
    pub fn inject(&self, text: &'static str, nth: usize, point: FaultPoint, fault: Fault) -> InjectedFault {
        self.add_rule(text, (nth, nth), point, fault)
    }

    /// Injects a fault into every execution of such a statement.
    pub fn inject_always(&self, text: &'static str, point: FaultPoint, fault: Fault) -> InjectedFault {
        self.add_rule(text, (1, usize::MAX), point, fault)
    }

    fn add_rule(
        &self,
        text: &'static str,
        (from, to): (usize, usize),
        point: FaultPoint,
        fault: Fault,
    ) -> InjectedFault {
        let (occurred, injected) = watch::channel(false);
        let trigger = Trigger { fault, occurred };
        lock(&self.state.rules).push(Rule { text, seen: 0, from, to, point, trigger });
        InjectedFault(injected)
    }

    /// Connects new connections to another server. Those that are open remain.
    pub fn retarget(&self, database_url: &str) {
        *lock(&self.state.server) = Arc::new(Address::of(database_url));
    }

    /// Delivers the messages that are held.
    pub fn release(&self) {
        self.state.releases.send_modify(|releases| *releases += 1);
    }

    /// Closes every connection, and closes new ones at once.
    pub fn disconnect(&self) {
        self.state.all(Mode::Refusing, Fault::Disconnect);
    }

    /// Makes every connection half open, new ones included.
    pub fn freeze(&self) {
        self.state.all(Mode::Frozen, Fault::Freeze);
    }

    /// Accepts new connections again, and removes every injected fault. Connections that are
    /// half open remain so.
    pub fn restore(&self) {
        lock(&self.state.rules).clear();
        *lock(&self.state.mode) = Mode::Open;
    }
}

impl InjectedFault {
    /// Waits until it has occurred.
    pub async fn occurred(mut self) {
        timeout(TEST_TIMEOUT, self.0.wait_for(|occurred| *occurred))
            .await
            .expect("the fault occurs")
            .expect("the fault is injected");
    }
}

impl ProxyState {
    async fn listen(self: Arc<Self>, listener: TcpListener) {
        let mut connections = JoinSet::new();
        while let Ok((client, _)) = listener.accept().await {
            let mode = *lock(&self.mode);
            let (fault, faults) = watch::channel((mode == Mode::Frozen).then_some(Fault::Freeze));
            lock(&self.connections).push(fault);
            if mode != Mode::Refusing {
                connections.spawn(Arc::clone(&self).forward(client, faults));
            }
            while connections.try_join_next().is_some() {}
        }
    }

    fn all(&self, mode: Mode, fault: Fault) {
        *lock(&self.mode) = mode;
        for connection in lock(&self.connections).drain(..) {
            connection.send_replace(Some(fault));
        }
    }

    /// Forwards one connection until it ends or freezes.
    async fn forward(self: Arc<Self>, mut client: TcpStream, mut faults: watch::Receiver<Option<Fault>>) {
        let server = Arc::clone(&lock(&self.server));
        let server: io::Result<Box<dyn Stream>> = match server.as_ref() {
            Address::Socket(path) => UnixStream::connect(path).await.map(|stream| Box::new(stream) as _),
            Address::Port(host, port) => {
                TcpStream::connect((host.as_str(), *port)).await.map(|stream| Box::new(stream) as _)
            }
        };
        let Ok(mut server) = server else { return };
        if faults.borrow().is_none() && forward_startup(&mut client, &mut server).await.is_err() {
            return;
        }
        let session = Mutex::new(Session { sent: 1, ..Session::default() });
        let fault = {
            let (from_client, to_client) = client.split();
            let (from_server, to_server) = split(&mut server);
            tokio::select! {
                biased;
                Ok(fault) = async { faults.wait_for(Option::is_some).await.map(|fault| *fault) } => fault,
                fault = self.forward_requests(&session, from_client, to_server) => fault.ok(),
                fault = self.forward_responses(&session, from_server, to_client) => fault.ok(),
            }
        };
        if fault == Some(Fault::Freeze) {
            let (mut from_client, _to_client) = client.split();
            let (mut from_server, _to_server) = split(&mut server);
            let (mut requests, mut responses) = (sink(), sink());
            let _discarded =
                tokio::join!(copy(&mut from_client, &mut requests), copy(&mut from_server, &mut responses));
            std::future::pending::<()>().await;
        }
    }

    /// Forwards what the client sends.
    async fn forward_requests(
        &self,
        session: &Mutex<Session>,
        mut client: impl AsyncRead + Unpin,
        mut server: impl AsyncWrite + Unpin,
    ) -> io::Result<Fault> {
        loop {
            let tag = client.read_u8().await?;
            let message = read(&mut client, vec![tag]).await?;
            let trigger = self.on_request(&mut lock(session), tag, message.get(5..).unwrap_or_default());
            if let Some(fault) = self.fire(trigger).await {
                return Ok(fault);
            }
            server.write_all(&message).await?;
        }
    }

    /// Records a message of the client, and returns the fault that it triggers.
    fn on_request(&self, session: &mut Session, tag: u8, body: &[u8]) -> Option<Trigger> {
        let mut texts = body.split(|byte| *byte == 0);
        let mut text = || texts.next().unwrap_or_default().to_vec();
        let (first, second) = (text(), text());
        let executed = match tag {
            b'P' => {
                session.statements.insert(first, second);
                None
            }
            b'B' => session.statements.get(&second).and_then(|sql| self.rule(sql)),
            b'Q' => self.rule(&first),
            _ => None,
        };
        let commits = matches!(tag, b'Q' | b'S');
        let now = match executed {
            Some((FaultPoint::Before, trigger)) => Some(trigger),
            Some((FaultPoint::During, trigger)) => {
                session.at_commit = Some(trigger);
                None
            }
            Some((FaultPoint::After, trigger)) => {
                session.at_response = Some((session.sent + 1, trigger));
                None
            }
            None => None,
        };
        session.sent += u64::from(commits);
        now.or_else(|| session.at_commit.take_if(|_| commits))
    }

    /// Forwards what the server sends.
    async fn forward_responses(
        &self,
        session: &Mutex<Session>,
        mut server: impl AsyncRead + Unpin,
        mut client: impl AsyncWrite + Unpin,
    ) -> io::Result<Fault> {
        let mut pending = Vec::new();
        loop {
            let tag = server.read_u8().await?;
            pending.extend(read(&mut server, vec![tag]).await?);
            let trigger = {
                let mut session = lock(session);
                let batch = session.answered + 1;
                session.answered += u64::from(tag == b'Z');
                match &session.at_response {
                    Some((number, _)) if *number == batch && tag != b'Z' => continue,
                    _ => session.at_response.take_if(|(number, _)| *number == batch).map(|(_, trigger)| trigger),
                }
            };
            if let Some(fault) = self.fire(trigger).await {
                return Ok(fault);
            }
            client.write_all(&pending).await?;
            pending.clear();
        }
    }

    /// Returns the fault that is injected into this execution.
    fn rule(&self, sql: &[u8]) -> Option<(FaultPoint, Trigger)> {
        let mut found = None;
        for rule in lock(&self.rules).iter_mut().filter(|rule| String::from_utf8_lossy(sql).contains(rule.text)) {
            rule.seen += 1;
            if (rule.from..=rule.to).contains(&rule.seen) {
                found = Some((rule.point, rule.trigger.clone()));
            }
        }
        found
    }

    /// Signals that a fault occurred. Returns it if it ends the forwarding; a message that is
    /// held is forwarded after its release.
    async fn fire(&self, trigger: Option<Trigger>) -> Option<Fault> {
        let Trigger { fault, occurred } = trigger?;
        let mut releases = self.releases.subscribe();
        occurred.send_replace(true);
        if fault != Fault::Hold {
            return Some(fault);
        }
        let _released = releases.changed().await;
        None
    }
}

/// Forwards the startup message, and declines requests for TLS and GSSAPI encryption.
async fn forward_startup(client: &mut TcpStream, server: &mut Box<dyn Stream>) -> io::Result<()> {
    loop {
        let hello = read(client, Vec::new()).await?;
        match hello.get(4..8) {
            Some([4, 210, 22, 47 | 48]) => client.write_all(b"N").await?,
            _ => return server.write_all(&hello).await,
        }
    }
}

/// Reads a length and the bytes it announces, and appends both to `message`.
async fn read(from: &mut (impl AsyncRead + Unpin), mut message: Vec<u8>) -> io::Result<Vec<u8>> {
    let length = from.read_u32().await?;
    message.extend(length.to_be_bytes());
    let start = message.len();
    message.resize(start + usize::try_from(length).unwrap_or(4).saturating_sub(4), 0);
    from.read_exact(message.get_mut(start..).unwrap_or_default()).await?;
    Ok(message)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
