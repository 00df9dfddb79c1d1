//! A way to Postgres that fails when it is told to: a proxy that reads along.
//!
//! It knows as much of the protocol as it takes to say "the second time that this statement
//! is executed, and its answer is on the way, cut the connection".

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

use crate::PATIENCE;

/// A proxy. Dropping it closes whatever goes through it.
pub struct Proxy {
    url: String,
    line: Arc<Line>,
    _listens: JoinSet<()>,
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Both sides of the connection are closed.
    Cut,
    /// The connection is half open from then on: nothing is closed, and nothing arrives.
    Freeze,
    /// What is said arrives once it is [released](Proxy::release).
    Hold,
}

/// When it goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The server never hears of the statement.
    Before,
    /// The server has executed it, and is not told to commit.
    During,
    /// The server has committed it, and the client does not hear of it.
    After,
}

/// A fault that was ordered, to wait for.
pub struct Ordered(watch::Receiver<bool>);

struct Rule {
    text: &'static str,
    seen: usize,
    from: usize,
    to: usize,
    moment: Moment,
    strike: Strike,
}

#[derive(Clone)]
struct Strike {
    fault: Fault,
    met: watch::Sender<bool>,
}

/// How new connections fare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Open,
    Refusing,
    Frozen,
}

struct Line {
    server: Address,
    mode: Mutex<Mode>,
    rules: Mutex<Vec<Rule>>,
    connections: Mutex<Vec<watch::Sender<Option<Fault>>>>,
    releases: watch::Sender<usize>,
}

enum Address {
    Socket(PathBuf),
    Port(String, u16),
}

/// What is known of one connection: its statements, and what was asked and answered so far.
#[derive(Default)]
struct Talk {
    statements: HashMap<Vec<u8>, Vec<u8>>,
    asked: u64,
    answered: u64,
    /// What befalls the end of the batch that is being sent.
    next: Option<Strike>,
    /// What befalls the answer of this number.
    due: Option<(u64, Strike)>,
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

impl Proxy {
    /// Opens a way to a database.
    pub async fn to(database_url: &str) -> Self {
        let options = PgConnectOptions::from_str(database_url).expect("the URL of a database");
        let (host, port) = (options.get_host().to_owned(), options.get_port());
        let server = match options.get_socket() {
            Some(folder) => Address::Socket(folder.join(format!(".s.PGSQL.{port}"))),
            None => Address::Port(host, port),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let mut url = reqwest::Url::parse(database_url).expect("a URL");
        url.set_host(Some("127.0.0.1")).expect("a URL with a host");
        url.set_port(listener.local_addr().ok().map(|address| address.port())).expect("a URL with a port");
        url.set_query(Some("sslmode=disable"));
        let line = Arc::new(Line {
            server,
            mode: Mutex::new(Mode::Open),
            rules: Mutex::default(),
            connections: Mutex::default(),
            releases: watch::Sender::new(0),
        });
        let mut listens = JoinSet::new();
        listens.spawn(Arc::clone(&line).listen(listener));
        Self { url: url.into(), line, _listens: listens }
    }

    /// The database's URL, by this way.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Orders a fault for the n-th execution from now of a statement that contains a text.
    pub fn on(&self, text: &'static str, nth: usize, moment: Moment, fault: Fault) -> Ordered {
        self.order(text, (nth, nth), moment, fault)
    }

    /// Orders a fault for every execution of such a statement.
    pub fn always(&self, text: &'static str, moment: Moment, fault: Fault) -> Ordered {
        self.order(text, (1, usize::MAX), moment, fault)
    }

    fn order(&self, text: &'static str, (from, to): (usize, usize), moment: Moment, fault: Fault) -> Ordered {
        let (met, ordered) = watch::channel(false);
        lock(&self.line.rules).push(Rule { text, seen: 0, from, to, moment, strike: Strike { fault, met } });
        Ordered(ordered)
    }

    /// Lets what is held arrive.
    pub fn release(&self) {
        self.line.releases.send_modify(|releases| *releases += 1);
    }

    /// Closes every connection, and refuses new ones.
    pub fn cut(&self) {
        self.line.all(Mode::Refusing, Fault::Cut);
    }

    /// Makes every connection half open, and lets no new one be answered.
    pub fn freeze(&self) {
        self.line.all(Mode::Frozen, Fault::Freeze);
    }

    /// Lets new connections through. What is frozen stays frozen, and no order stands.
    pub fn heal(&self) {
        lock(&self.line.rules).clear();
        *lock(&self.line.mode) = Mode::Open;
    }
}

impl Ordered {
    /// Waits until it has happened.
    pub async fn met(mut self) {
        timeout(PATIENCE, self.0.wait_for(|met| *met)).await.expect("in time").expect("the order stands");
    }
}

impl Line {
    async fn listen(self: Arc<Self>, listener: TcpListener) {
        let mut talks = JoinSet::new();
        while let Ok((client, _)) = listener.accept().await {
            let mode = *lock(&self.mode);
            let (order, orders) = watch::channel((mode == Mode::Frozen).then_some(Fault::Freeze));
            lock(&self.connections).push(order);
            if mode != Mode::Refusing {
                talks.spawn(Arc::clone(&self).carry(client, orders));
            }
            while talks.try_join_next().is_some() {}
        }
    }

    fn all(&self, mode: Mode, fault: Fault) {
        *lock(&self.mode) = mode;
        for connection in lock(&self.connections).drain(..) {
            connection.send_replace(Some(fault));
        }
    }

    /// Carries one connection until it ends, or freezes.
    async fn carry(self: Arc<Self>, mut client: TcpStream, mut orders: watch::Receiver<Option<Fault>>) {
        let server: io::Result<Box<dyn Stream>> = match &self.server {
            Address::Socket(path) => UnixStream::connect(path).await.map(|stream| Box::new(stream) as _),
            Address::Port(host, port) => {
                TcpStream::connect((host.as_str(), *port)).await.map(|stream| Box::new(stream) as _)
            }
        };
        let Ok(mut server) = server else { return };
        if orders.borrow().is_none() && greet(&mut client, &mut server).await.is_err() {
            return;
        }
        let talk = Mutex::new(Talk { asked: 1, ..Talk::default() });
        let fault = {
            let (from_client, to_client) = client.split();
            let (from_server, to_server) = split(&mut server);
            tokio::select! {
                biased;
                Ok(fault) = async { orders.wait_for(Option::is_some).await.map(|fault| *fault) } => fault,
                fault = self.up(&talk, from_client, to_server) => fault.ok(),
                fault = self.down(&talk, from_server, to_client) => fault.ok(),
            }
        };
        if fault == Some(Fault::Freeze) {
            let (mut from_client, _to_client) = client.split();
            let (mut from_server, _to_server) = split(&mut server);
            let (mut lost, mut lost_too) = (sink(), sink());
            let _silence = tokio::join!(copy(&mut from_client, &mut lost), copy(&mut from_server, &mut lost_too));
            std::future::pending::<()>().await;
        }
    }

    /// Carries what the client says.
    async fn up(
        &self,
        talk: &Mutex<Talk>,
        mut client: impl AsyncRead + Unpin,
        mut server: impl AsyncWrite + Unpin,
    ) -> io::Result<Fault> {
        loop {
            let tag = client.read_u8().await?;
            let message = read(&mut client, vec![tag]).await?;
            let strike = self.heard(&mut lock(talk), tag, message.get(5..).unwrap_or_default());
            if let Some(fault) = self.strike(strike).await {
                return Ok(fault);
            }
            server.write_all(&message).await?;
        }
    }

    /// Notes what the client says, and answers what befalls it.
    fn heard(&self, talk: &mut Talk, tag: u8, body: &[u8]) -> Option<Strike> {
        let mut texts = body.split(|byte| *byte == 0);
        let mut text = || texts.next().unwrap_or_default().to_vec();
        let (first, second) = (text(), text());
        let executed = match tag {
            b'P' => {
                talk.statements.insert(first, second);
                None
            }
            b'B' => talk.statements.get(&second).and_then(|sql| self.rule(sql)),
            b'Q' => self.rule(&first),
            _ => None,
        };
        let commits = matches!(tag, b'Q' | b'S');
        let now = match executed {
            Some((Moment::Before, strike)) => Some(strike),
            Some((Moment::During, strike)) => {
                talk.next = Some(strike);
                None
            }
            Some((Moment::After, strike)) => {
                talk.due = Some((talk.asked + 1, strike));
                None
            }
            None => None,
        };
        talk.asked += u64::from(commits);
        now.or_else(|| talk.next.take_if(|_| commits))
    }

    /// Carries what the server answers.
    async fn down(
        &self,
        talk: &Mutex<Talk>,
        mut server: impl AsyncRead + Unpin,
        mut client: impl AsyncWrite + Unpin,
    ) -> io::Result<Fault> {
        let mut kept = Vec::new();
        loop {
            let tag = server.read_u8().await?;
            kept.extend(read(&mut server, vec![tag]).await?);
            let strike = {
                let mut talk = lock(talk);
                let batch = talk.answered + 1;
                talk.answered += u64::from(tag == b'Z');
                match &talk.due {
                    Some((number, _)) if *number == batch && tag != b'Z' => continue,
                    _ => talk.due.take_if(|(number, _)| *number == batch).map(|(_, strike)| strike),
                }
            };
            if let Some(fault) = self.strike(strike).await {
                return Ok(fault);
            }
            client.write_all(&kept).await?;
            kept.clear();
        }
    }

    /// The rule that this execution falls under.
    fn rule(&self, sql: &[u8]) -> Option<(Moment, Strike)> {
        let mut found = None;
        for rule in lock(&self.rules).iter_mut().filter(|rule| String::from_utf8_lossy(sql).contains(rule.text)) {
            rule.seen += 1;
            if (rule.from..=rule.to).contains(&rule.seen) {
                found = Some((rule.moment, rule.strike.clone()));
            }
        }
        found
    }

    /// Strikes, and answers what becomes of the connection; `None`: it goes on.
    async fn strike(&self, strike: Option<Strike>) -> Option<Fault> {
        let Strike { fault, met } = strike?;
        let mut releases = self.releases.subscribe();
        met.send_replace(true);
        if fault != Fault::Hold {
            return Some(fault);
        }
        let _released = releases.changed().await;
        None
    }
}

/// Carries what comes before any statement: who it is, and on the wish for TLS a no.
async fn greet(client: &mut TcpStream, server: &mut Box<dyn Stream>) -> io::Result<()> {
    loop {
        let hello = read(client, Vec::new()).await?;
        match hello.get(4..8) {
            Some([4, 210, 22, 47 | 48]) => client.write_all(b"N").await?,
            _ => return server.write_all(&hello).await,
        }
    }
}

/// Reads a length and as much as it says, behind what was read before.
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
