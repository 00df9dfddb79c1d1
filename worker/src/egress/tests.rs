//! The wall from both sides: what a browser may write, and what the internet then sees.

#[path = "../../../domain/src/egress/nameserver.rs"]
mod nameserver;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::egress::{Dialer, Refused, Resolver, Unreached};
use domain::job::{Blocked, BlockedClass};
use futures_util::future::join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use url::Url;

use self::nameserver::{Answer, NameServer};
use super::{Budget, Limits, Proxy, Verdict};

const DENIED: &str = "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n";

/// A wall that lets one site through.
struct Wall {
    proxy: Proxy,
    address: SocketAddr,
    names: NameServer,
}

impl Wall {
    async fn around(site: &Site) -> Self {
        Self::within(site, Limits::OURS).await
    }

    async fn within(site: &Site, limits: Limits) -> Self {
        let names = NameServer::open().await;
        let policy = format!("127.0.0.1/32:{}", site.port()).parse().expect("an exception");
        let dialer = Dialer { policy, resolver: Resolver::at(vec![names.address()]) };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        Self { proxy: Proxy::serve_within(listener, Arc::new(dialer), limits), address, names }
    }

    /// What a browser is answered that writes this and listens to the end.
    async fn ask(&self, raw: &str) -> String {
        let mut browser = self.browser().await;
        browser.write_all(raw.as_bytes()).await.expect("written");
        answer(&mut browser).await
    }

    async fn browser(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("the proxy")
    }

    /// A browser that asked for a tunnel, and what it was answered.
    async fn tunnel(&self, to: &str) -> (TcpStream, String) {
        let mut browser = self.browser().await;
        browser.write_all(connect(to).as_bytes()).await.expect("written");
        let answer = answer(&mut browser).await;
        (browser, answer)
    }
}

fn connect(to: &str) -> String {
    format!("CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n\r\n")
}

fn get(url: &str) -> String {
    format!("GET {url} HTTP/1.1\r\nHost: example.com\r\n\r\n")
}

/// The head of an answer and what its length says follows, or what there is when it ends.
async fn answer(stream: &mut TcpStream) -> String {
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
            Err(_ended) => return text,
        }
    }
}

/// Whether a connection ended, also if by force.
async fn ended(stream: &mut TcpStream) -> bool {
    matches!(stream.read(&mut [0; 64]).await, Ok(0) | Err(_))
}

/// A web site on 127.0.0.1 that keeps what it is asked; and the same port next door.
struct Site {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
    visits: mpsc::UnboundedReceiver<&'static str>,
    serving: JoinSet<()>,
}

impl Site {
    /// Answers every request with the same bytes.
    async fn saying(says: &'static str) -> Self {
        Self::hearing("\r\n\r\n", says).await
    }

    /// Answers with the same bytes whenever it has heard the last word.
    async fn hearing(last: &'static str, says: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let next_door = TcpListener::bind(("127.0.0.2", address.port())).await.expect("the same port, next door");
        let heads = Arc::new(Mutex::new(Vec::new()));
        let (visited, visits) = mpsc::unbounded_channel();
        let mut serving = JoinSet::new();
        let (kept, at_door) = (Arc::clone(&heads), visited.clone());
        serving.spawn(async move {
            let mut conversations = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let _nobody_counts = visited.send("site");
                conversations.spawn(converse(stream, last, says, Arc::clone(&kept)));
            }
        });
        serving.spawn(async move {
            while next_door.accept().await.is_ok() {
                let _nobody_counts = at_door.send("next door");
            }
        });
        Self { address, heads, visits, serving }
    }

    /// Answers with an empty page.
    async fn open() -> Self {
        Self::saying("HTTP/1.1 204 No Content\r\n\r\n").await
    }

    async fn close(mut self) {
        self.serving.shutdown().await;
    }

    fn port(&self) -> u16 {
        self.address.port()
    }

    fn url(&self, path: &str) -> Url {
        format!("http://{}{path}", self.address).parse().expect(path)
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().expect("the heads").clone()
    }

    /// Who was visited so far, one word for each connection.
    fn visits(&mut self) -> Vec<&'static str> {
        std::iter::from_fn(|| self.visits.try_recv().ok()).collect()
    }
}

/// `\0` in what it says is where it closes the connection.
async fn converse(mut stream: TcpStream, last: &str, says: &'static str, heads: Arc<Mutex<Vec<String>>>) {
    let mut head = Vec::new();
    while let Ok(byte) = stream.read_u8().await {
        head.push(byte);
        if head.ends_with(last.as_bytes()) {
            heads.lock().expect("the heads").push(String::from_utf8_lossy(&head).into_owned());
            head.clear();
            let (said, closed) = says.split_once('\0').map_or((says, false), |(said, _)| (said, true));
            if stream.write_all(said.as_bytes()).await.is_err() || closed {
                return;
            }
        }
    }
}

fn blocked<const N: usize>(counts: [(BlockedClass, u64); N]) -> Blocked {
    counts.into_iter().collect()
}

#[tokio::test]
async fn a_tunnel_carries_bytes_both_ways() {
    let mut site = Site::saying("pong").await;
    let wall = Wall::around(&site).await;
    let gate = wall.proxy.open();

    let (mut browser, answered) = wall.tunnel(&site.address.to_string()).await;
    browser.write_all(b"ping\r\n\r\n").await.expect("written");
    let mut heard = [0; 4];
    browser.read_exact(&mut heard).await.expect("an answer");

    assert_eq!(answered, "HTTP/1.1 200 OK\r\n\r\n");
    assert_eq!((&heard, site.heads()), (b"pong", vec!["ping\r\n\r\n".to_owned()]));
    assert_eq!(gate.verdict(&site.url("/any")), Some(Verdict::Connected));
    assert_eq!(gate.verdict(&"http://elsewhere.example.com/".parse().expect("a URL")), None);
    let report = gate.report();
    assert_eq!((report.connections, report.up, report.down), (1, 8, 4));
    assert!(report.resolved_in.is_some() && report.connected_in.is_some() && report.blocked.is_empty());
    assert_eq!(site.visits(), ["site"]);
}

#[tokio::test]
async fn a_plain_request_is_made_in_the_browsers_stead() {
    let site = Site::saying(
        "HTTP/1.1 200 Fine\r\nContent-Length: 2\r\nConnection: x-hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\n\
         Proxy-Authenticate: Basic\r\nX-Page: 1\r\n\r\nok",
    )
    .await;
    let wall = Wall::around(&site).await;
    let _gate = wall.proxy.open();

    let answered = wall
        .ask(&format!(
            "GET {} HTTP/1.1\r\nHost: 169.254.169.254\r\nhost: other\r\nProxy-Connection: keep-alive\r\n\
             Proxy-Authorization: Basic eDp5\r\nConnection: x-hop, upgrade\r\nUpgrade: websocket\r\nX-Hop: 1\r\n\
             TE: trailers\r\nAccept: */*\r\n\r\n",
            site.url("/a?b")
        ))
        .await;

    assert_eq!(answered, "HTTP/1.1 200 Fine\r\ncontent-length: 2\r\nx-page: 1\r\n\r\nok");
    assert_eq!(site.heads(), [format!("GET /a?b HTTP/1.1\r\nhost: {}\r\naccept: */*\r\n\r\n", site.address)]);
}

#[tokio::test]
async fn a_body_goes_up_as_it_came() {
    let site = Site::hearing("END", "HTTP/1.1 204 No Content\r\n\r\n").await;
    let wall = Wall::around(&site).await;
    let _gate = wall.proxy.open();
    let post = |rest: &str| format!("POST {} HTTP/1.1\r\nHost: x\r\n{rest}", site.url("/"));

    wall.ask(&post("Content-Length: 6\r\n\r\na\r\nEND")).await;
    wall.ask(&post("Content-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nEND\r\n0\r\n\r\n")).await;

    let head = format!("POST / HTTP/1.1\r\nhost: {}\r\n", site.address);
    let plain = format!("{head}content-length: 6\r\n\r\na\r\nEND");
    let chunked = format!("{head}transfer-encoding: chunked\r\n\r\n3\r\nEND");
    assert_eq!(site.heads(), [plain, chunked]);
}

#[tokio::test]
async fn a_connection_is_kept_for_the_next_request_to_the_same_host() {
    let mut site = Site::open().await;
    let wall = Wall::around(&site).await;
    let gate = wall.proxy.open();

    let mut browser = wall.browser().await;
    for _ in 0..3 {
        browser.write_all(get(site.url("/").as_str()).as_bytes()).await.expect("written");
        assert_eq!(answer(&mut browser).await, "HTTP/1.1 204 No Content\r\n\r\n");
    }

    assert_eq!((site.visits(), site.heads().len()), (vec!["site"], 3));
    assert_eq!(gate.report().connections, 1);
}

#[tokio::test]
async fn a_connection_that_its_host_closed_is_made_anew() {
    let mut site = Site::saying("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n\0").await;
    let wall = Wall::around(&site).await;
    let _gate = wall.proxy.open();

    let mut browser = wall.browser().await;
    for _ in 0..3 {
        browser.write_all(get(site.url("/").as_str()).as_bytes()).await.expect("written");
        assert_eq!(answer(&mut browser).await, "HTTP/1.1 204 No Content\r\n\r\n");
    }

    assert_eq!(site.visits(), ["site", "site", "site"]);
}

#[tokio::test]
async fn a_host_that_breaks_off_cuts_the_browsers_connection() {
    for says in ["\0", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n", "nonsense\r\n\r\n"] {
        let site = Site::saying(says).await;
        let wall = Wall::around(&site).await;
        let _gate = wall.proxy.open();

        assert_eq!(wall.ask(&get(site.url("/").as_str())).await, "", "{says:?}");
    }
}

#[tokio::test]
async fn an_answer_is_handed_on_before_it_ends() {
    let site = Site::saying("HTTP/1.1 200 OK\r\n\r\nfirst").await;
    let wall = Wall::around(&site).await;
    let _gate = wall.proxy.open();

    let mut browser = wall.browser().await;
    browser.write_all(get(site.url("/").as_str()).as_bytes()).await.expect("written");
    let head = answer(&mut browser).await;
    let mut chunk = [0; 10];
    browser.read_exact(&mut chunk).await.expect("a chunk");

    assert_eq!(head, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
    assert_eq!(&chunk, b"5\r\nfirst\r\n");
}

#[tokio::test]
async fn what_no_browser_asks_a_proxy_for_is_refused() {
    let mut site = Site::open().await;
    let wall = Wall::around(&site).await;
    let _gate = wall.proxy.open();
    let (site_at, proxy_at) = (site.address, wall.address);

    for raw in [
        get("/"),
        get("*"),
        get(&format!("/http://{site_at}/")),
        get(&format!("https://{site_at}/")),
        get(&format!("ws://{site_at}/")),
        get(&format!("ftp://{site_at}/")),
        get(&format!("http://u:p@{site_at}/")),
        get(&format!("http://evil.com\\@{site_at}/")),
        connect("127.0.0.1"),
        connect("127.0.0.1:"),
        connect(&format!("u@{site_at}")),
        connect(&format!("http://{site_at}/")),
        format!("GET / HTTP/1.1\r\nHost: {proxy_at}\r\n\r\n"),
        format!("GET http://{site_at}/ HTTP/1.0\r\n\r\n"),
        "GET /json/list HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n".to_owned(),
        "\u{16}\u{3}\u{1}\r\n\r\n".to_owned(),
    ] {
        let answered = wall.ask(&raw).await;

        let bad = answered.get(8..).is_some_and(|rest| rest.starts_with(" 400 Bad Request\r\n"))
            && answered.ends_with("\r\n\r\n");
        assert!(bad, "{raw:?} was answered {answered:?}");
    }
    assert_eq!(wall.ask("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await, "", "another protocol");
    assert!(site.visits().is_empty());
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let mut site = Site::open().await;
    let wall = Wall::around(&site).await;
    let _gate = wall.proxy.open();
    let mut browser = wall.browser().await;

    let head = format!("GET {} HTTP/1.1\r\nCookie: {}", site.url("/"), "a".repeat(80 * 1024));
    let _cut_short = browser.write_all(head.as_bytes()).await;

    let answered = answer(&mut browser).await;
    assert!(answered.is_empty() || answered.starts_with("HTTP/1.1 431 "), "{answered}");
    assert!(ended(&mut browser).await);
    assert!(site.visits().is_empty());
}

#[tokio::test]
async fn whatever_is_not_to_be_had_looks_the_same_from_inside() {
    let mut site = Site::open().await;
    let wall = Wall::around(&site).await;
    let gate = wall.proxy.open();
    wall.names.set("internal.example.com", Answer::addresses(&["10.0.0.1"]));
    wall.names.set("mixed.example.com", Answer::addresses(&["93.184.216.34", "127.0.0.1"]));
    wall.names.set("families.example.com", Answer::addresses(&["93.184.216.34", "fd00::1"]));
    wall.names.set("alias.example.com", Answer::alias("internal.example.com"));
    wall.names.set("loop.example.com", Answer::addresses(&["127.0.0.1"]));
    wall.names.set("broken.example.com", Answer::Failure);

    for host in [
        "127.0.0.1",
        "127.0.0.2",
        "0",
        "0x7f.1",
        "2130706433",
        "0177.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "169.254.170.2",
        "168.63.129.16",
        "192.0.0.192",
        "100.64.0.1",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:a9fe:a9fe]",
        "[64:ff9b::7f00:1]",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "[fec0::1]",
        "[ff02::1]",
        "[2002:7f00:1::]",
        "localhost",
        "LOCALHOST.",
        "a.localhost",
        "localhost6",
        "ip6-localhost",
        "host.docker.internal",
        "gateway.docker.internal",
        "metadata.google.internal",
        "printer",
        "nas.local",
        "html.render.invalid",
        "internal.example.com",
        "mixed.example.com",
        "families.example.com",
        "alias.example.com",
        "loop.example.com",
        "broken.example.com",
        "unknown.example.com",
        "unknown_name.example.com",
    ] {
        for port in ["80", "443", "22", "0"] {
            assert_eq!(wall.ask(&connect(&format!("{host}:{port}"))).await, DENIED, "{host}:{port}");
            assert_eq!(wall.ask(&get(&format!("http://{host}:{port}/"))).await, DENIED, "{host}:{port}");
        }
    }
    let beside = format!("127.0.0.2:{}", site.port());
    assert_eq!(wall.ask(&connect(&beside)).await, DENIED, "the exception is for one address");
    assert_eq!(wall.ask(&connect(&wall.address.to_string())).await, DENIED, "the proxy itself");
    assert_eq!(wall.ask(&get(&format!("http://{}/", wall.address))).await, DENIED, "the proxy itself");
    assert!(site.visits().is_empty());
    drop(gate);
}

#[tokio::test]
async fn only_the_jobs_own_report_says_the_class() {
    let site = Site::open().await;
    let wall = Wall::around(&site).await;
    let gate = wall.proxy.open();
    wall.names.set("internal.example.com", Answer::addresses(&["10.0.0.1"]));

    for url in [
        "http://10.0.0.1/",
        "http://internal.example.com/",
        "http://nas.local/",
        "http://93.184.216.34:25/",
        "http://unknown.example.com/",
    ] {
        wall.ask(&get(url)).await;
    }

    let verdict = |url: &str| gate.verdict(&url.parse().expect(url));
    let denied = |refused| Some(Verdict::Unreached(Unreached::Denied(refused)));
    assert_eq!(verdict("http://10.0.0.1/any"), denied(Refused::Address));
    assert_eq!(verdict("http://internal.example.com./"), denied(Refused::Address));
    assert_eq!(verdict("http://nas.local/"), denied(Refused::Name));
    assert_eq!(verdict("https://93.184.216.34:25/"), denied(Refused::Port));
    assert_eq!(verdict("http://unknown.example.com/"), Some(Verdict::Unreached(Unreached::NoSuchName)));
    assert_eq!(verdict("https://unknown.example.com/"), None, "another port");
    assert_eq!(
        gate.report().blocked,
        blocked([(BlockedClass::Name, 1), (BlockedClass::Port, 1), (BlockedClass::PrivateAddress, 2)])
    );
}

#[tokio::test]
async fn a_public_host_that_does_not_serve_is_a_bad_gateway() {
    let site = Site::open().await;
    let (address, url) = (site.address.to_string(), site.url("/"));
    let wall = Wall::around(&site).await;
    let gate = wall.proxy.open();
    site.close().await;

    let expected = "HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n";
    assert_eq!(wall.ask(&connect(&address)).await, expected);
    assert_eq!(wall.ask(&get(url.as_str())).await, expected);
    assert_eq!(gate.verdict(&url), Some(Verdict::Unreached(Unreached::Refused)));
    assert!(gate.report().blocked.is_empty());
}

#[tokio::test]
async fn nothing_is_reached_while_no_job_is_open() {
    let mut site = Site::open().await;
    let wall = Wall::around(&site).await;

    let before = wall.ask(&connect(&site.address.to_string())).await;
    drop(wall.proxy.open());
    let after = wall.ask(&get(site.url("/").as_str())).await;

    assert_eq!((before.as_str(), after.as_str()), (DENIED, DENIED));
    assert!(site.visits().is_empty());
}

#[tokio::test]
async fn a_name_means_the_same_for_as_long_as_a_job_lasts() {
    let mut site = Site::open().await;
    let wall = Wall::around(&site).await;
    let name = format!("rebind.example.com:{}", site.port());
    let gate = wall.proxy.open();
    wall.names.set("rebind.example.com", Answer::addresses(&["127.0.0.1"]));
    let (_open, first) = wall.tunnel(&name).await;

    wall.names.set("rebind.example.com", Answer::addresses(&["127.0.0.2"]));
    let (_other, second) = wall.tunnel(&name).await;

    assert_eq!((first.as_str(), second.as_str()), ("HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"));
    assert_eq!(wall.names.asked("rebind.example.com"), 1);
    drop(gate);
    let _next = wall.proxy.open();
    assert_eq!(wall.tunnel(&name).await.1, DENIED, "to the next job it means what it means by then");
    assert_eq!(wall.names.asked("rebind.example.com"), 2);
    assert_eq!(site.visits(), ["site", "site"]);
}

#[tokio::test]
async fn many_who_want_a_name_at_once_ask_for_it_once() {
    let site = Site::open().await;
    let wall = Wall::around(&site).await;
    let _gate = wall.proxy.open();
    wall.names.set("wanted.example.com", Answer::addresses(&["127.0.0.1"]));
    let name = format!("wanted.example.com:{}", site.port());

    let answers = join_all((0..6).map(|_| wall.tunnel(&name))).await;

    assert!(answers.iter().all(|(_, answer)| answer == "HTTP/1.1 200 OK\r\n\r\n"));
    assert_eq!(wall.names.asked("wanted.example.com"), 1);
}

#[tokio::test]
async fn the_end_of_a_job_closes_all_its_connections() {
    let site = Site::open().await;
    let wall = Wall::around(&site).await;
    let gate = wall.proxy.open();
    let (mut tunnel, _) = wall.tunnel(&site.address.to_string()).await;
    let mut plain = wall.browser().await;
    plain.write_all(get(site.url("/").as_str()).as_bytes()).await.expect("written");
    answer(&mut plain).await;

    drop(gate);

    assert!(ended(&mut tunnel).await && ended(&mut plain).await);
    let _next = wall.proxy.open();
    assert_eq!(wall.tunnel(&site.address.to_string()).await.1, "HTTP/1.1 200 OK\r\n\r\n");
}

#[tokio::test]
async fn a_job_that_begins_ends_the_one_before_and_outlives_its_gate() {
    let site = Site::open().await;
    let wall = Wall::around(&site).await;
    let first = wall.proxy.open();
    let (mut old, _) = wall.tunnel(&site.address.to_string()).await;

    let second = wall.proxy.open();
    assert!(ended(&mut old).await);
    drop(first);

    assert_eq!(wall.tunnel(&site.address.to_string()).await.1, "HTTP/1.1 200 OK\r\n\r\n");
    assert_eq!(second.report().connections, 1);
}

#[tokio::test]
async fn a_proxy_that_is_dropped_closes_everything() {
    let site = Site::open().await;
    let wall = Wall::around(&site).await;
    let gate = wall.proxy.open();
    let (mut tunnel, _) = wall.tunnel(&site.address.to_string()).await;

    drop(wall.proxy);

    assert!(ended(&mut tunnel).await);
    while TcpStream::connect(wall.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert_eq!(gate.report().connections, 1);
}

#[tokio::test]
async fn a_job_that_receives_too_much_is_cut() {
    let site = Site::saying("0123456789").await;
    let wall = Wall::within(&site, Limits { down: 25, ..Limits::OURS }).await;
    let gate = wall.proxy.open();
    let (mut browser, _) = wall.tunnel(&site.address.to_string()).await;

    let mut heard = [0; 10];
    for _ in 0..2 {
        browser.write_all(b"\r\n\r\n").await.expect("written");
        browser.read_exact(&mut heard).await.expect("within the budget");
    }
    browser.write_all(b"\r\n\r\n").await.expect("written");

    assert!(ended(&mut browser).await, "the third is too much");
    assert_eq!(gate.verdict(&site.url("/")), Some(Verdict::Spent(Budget::Down)));
    assert_eq!(wall.tunnel(&site.address.to_string()).await.1, DENIED);
    assert_eq!(gate.report().blocked, blocked([(BlockedClass::Budget, 2)]));
}

#[tokio::test]
async fn a_plain_answer_that_is_too_much_is_cut_short() {
    let site = Site::saying("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789").await;
    let wall = Wall::within(&site, Limits { down: 30, ..Limits::OURS }).await;
    let gate = wall.proxy.open();

    assert_eq!(wall.ask(&get(site.url("/").as_str())).await, "");

    assert_eq!(gate.verdict(&site.url("/")), Some(Verdict::Spent(Budget::Down)));
}

#[tokio::test]
async fn a_job_that_sends_too_much_is_cut() {
    let site = Site::open().await;
    let wall = Wall::within(&site, Limits { up: 100, ..Limits::OURS }).await;
    let gate = wall.proxy.open();
    let (mut browser, _) = wall.tunnel(&site.address.to_string()).await;

    let _cut_short = browser.write_all(&[b'a'; 101]).await;

    assert!(ended(&mut browser).await);
    assert_eq!(gate.verdict(&site.url("/")), Some(Verdict::Spent(Budget::Up)));
}

#[tokio::test]
async fn a_job_has_so_many_hosts_and_so_many_connections() {
    let site = Site::open().await;
    let wall = Wall::within(&site, Limits { hosts: 2, connections: 4, ..Limits::OURS }).await;
    let gate = wall.proxy.open();
    let at = |host: &str| format!("{host}:{}", site.port());
    wall.names.set("a.example.com", Answer::addresses(&["127.0.0.1"]));

    let mut answers = Vec::new();
    for host in ["a.example.com", "127.0.0.1", "b.example.com", "a.example.com", "a.example.com"] {
        answers.push(wall.tunnel(&at(host)).await.1);
    }

    let connected = "HTTP/1.1 200 OK\r\n\r\n";
    assert_eq!(answers, [connected, connected, DENIED, connected, DENIED]);
    let verdict = |host: &str| gate.verdict(&format!("http://{}/", at(host)).parse().expect(host));
    assert_eq!(verdict("b.example.com"), Some(Verdict::Spent(Budget::Hosts)));
    assert_eq!(verdict("a.example.com"), Some(Verdict::Spent(Budget::Connections)));
    assert_eq!(wall.names.asked("b.example.com"), 0);
    assert_eq!(gate.report().blocked, blocked([(BlockedClass::Budget, 2)]));
}

#[tokio::test]
async fn a_connection_too_many_at_once_waits_for_another_to_end() {
    let mut site = Site::open().await;
    let wall = Wall::within(&site, Limits { open: 1, ..Limits::OURS }).await;
    let gate = wall.proxy.open();
    let to = site.address.to_string();
    let (first, _) = wall.tunnel(&to).await;
    let mut second = wall.browser().await;
    second.write_all(connect(&to).as_bytes()).await.expect("written");
    while gate.report().connections < 2 {
        tokio::task::yield_now().await;
    }
    assert_eq!(gate.verdict(&site.url("/")), Some(Verdict::Trying));

    drop(first);

    assert_eq!(answer(&mut second).await, "HTTP/1.1 200 OK\r\n\r\n");
    assert_eq!(site.visits(), ["site", "site"]);
}

#[tokio::test]
async fn a_connection_on_which_nothing_happens_is_cut() {
    let site = Site::saying("HTTP/1.1 200 OK\r\n\r\nfirst").await;
    let wall = Wall::within(&site, Limits { idle: Duration::from_millis(100), ..Limits::OURS }).await;
    let _gate = wall.proxy.open();

    let (mut tunnel, _) = wall.tunnel(&site.address.to_string()).await;
    let mut plain = wall.browser().await;
    plain.write_all(get(site.url("/").as_str()).as_bytes()).await.expect("written");
    let mut heard = Vec::new();
    let _cut_short = plain.read_to_end(&mut heard).await;

    assert!(ended(&mut tunnel).await);
    assert!(heard.ends_with(b"first\r\n"), "without the last chunk: {}", String::from_utf8_lossy(&heard));
}
