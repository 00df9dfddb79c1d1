//! Connections that would last for ever, that are too many, and that end with the server.

use std::time::{Duration, Instant};

use harness::fixtures::{claim_one, create_account, register_worker, rendered, submit_job};
use harness::processes::open_files;
use harness::{Service, TEST_TIMEOUT, binary, with_service};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use service::http::Limits;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpSocket, TcpStream};
use tokio::process::Command;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{interval, timeout};

/// The unit of the clocks of these tests. The service's are 10 to 600 s.
const CLOCK: Duration = Duration::from_millis(400);

/// The slack of a deadline.
const SLACK: u32 = 3;

/// Short clocks. Those that a test is not about are long.
fn limits() -> Limits {
    let long = TEST_TIMEOUT;
    Limits {
        connections: 1000,
        head: long,
        idle: long,
        body: long,
        body_rate: 1,
        write: long,
        response: long,
        drain: long,
    }
}

/// A connection on which a test writes what it likes.
struct Raw(TcpStream);

impl Raw {
    async fn open(url: &str) -> Self {
        Self(TcpStream::connect(address(url)).await.expect("a connection"))
    }

    /// Opens a connection whose client receives very little without reading it.
    async fn open_narrow(url: &str) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(64 * 1024).expect("a small buffer");
        Self(socket.connect(address(url).parse().expect("an address")).await.expect("a connection"))
    }

    async fn send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.expect("the server reads");
    }

    /// Reads one response with a body of known length, and returns its head and its body.
    async fn response(&mut self) -> (String, String) {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(timeout(TEST_TIMEOUT, self.0.read_u8()).await.expect("in time").expect("a head"));
        }
        let head = String::from_utf8(head).expect("text").to_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
        let mut body = vec![0; length.parse().expect("a length")];
        timeout(TEST_TIMEOUT, self.0.read_exact(&mut body)).await.expect("in time").expect("a body");
        (head, String::from_utf8_lossy(&body).into_owned())
    }

    /// Waits until the server closes the connection, and returns what it sent before.
    async fn closed_within(&mut self, limit: Duration) -> Vec<u8> {
        let mut rest = Vec::new();
        // A connection with unread data is reset.
        drop(timeout(limit * SLACK, self.0.read_to_end(&mut rest)).await.expect("the server closes in time"));
        rest
    }

    /// Waits until the server resets the connection, without reading what it sent. Only a client that
    /// sends something learns of it: empty lines, which may precede a request.
    async fn reset_within(&mut self, limit: Duration) {
        let reset = async {
            let mut pace = interval(CLOCK / 4);
            while self.0.write_all(b"\r\n").await.is_ok() {
                pace.tick().await;
            }
        };
        timeout(limit * SLACK, reset).await.expect("the server resets in time");
    }

    /// Sends one byte after another until the server responds or closes the connection, and returns
    /// what it has sent when it has closed.
    async fn drip(&mut self, byte: &[u8], limit: Duration) -> Vec<u8> {
        let (from, mut to) = self.0.split();
        let dripping = async {
            let mut pace = interval(CLOCK / 10);
            loop {
                pace.tick().await;
                if to.write_all(byte).await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        };
        tokio::select! {
            () = dripping => {}
            readable = timeout(limit * SLACK, from.readable()) => drop(readable.expect("the server closes in time")),
        }
        self.closed_within(limit).await
    }
}

fn address(url: &str) -> &str {
    url.strip_prefix("http://").expect("a URL")
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n")
}

fn post_head(key: &str, length: usize) -> String {
    format!(
        "POST /v1/pdf HTTP/1.1\r\nHost: x\r\nX-API-Key: {key}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n"
    )
}

/// A call that is in progress: its body is waited for.
struct HeldCall {
    client: Raw,
    body: String,
}

impl HeldCall {
    /// Begins a call, or returns the response that it has at once.
    async fn begin(url: &str, key: &str) -> Result<Self, (String, String)> {
        let body = json!({"html": "<p>", "async": true}).to_string();
        let mut client = Raw::open(url).await;
        client.send(&post_head(key, body.len()).replace("Host", "Expect: 100-continue\r\nHost")).await;
        let response = client.response().await;
        if response.0.starts_with("http/1.1 100") { Ok(Self { client, body }) } else { Err(response) }
    }

    async fn end(mut self) -> (String, String) {
        self.client.send(&self.body).await;
        self.client.response().await
    }
}

async fn api(service: &Service, limits: Limits) -> String {
    service.start_api_with(|config| config.limits = Some(limits)).await
}

/// Stores a result of this size, and returns the path of its file.
async fn stored_result(service: &Service, bytes: usize) -> (String, String) {
    let caller = create_account(&service.db, "grace", 5).await;
    let key = service.key("grace").await;
    submit_job(&service.db, &caller).await;
    let worker = register_worker(&service.db, "storing").await;
    let claim = claim_one(&service.db, worker).await;
    let job = claim.lease.job();
    claim.lease.complete(&service.db, &rendered(bytes)).await.expect("a result");
    (key, format!("/v1/jobs/{job}/result"))
}

#[tokio::test]
async fn a_head_that_does_not_end_is_not_waited_for() {
    with_service(async |service| {
        let url = api(service, Limits { head: CLOCK, ..limits() }).await;

        let (mut silent, mut half, mut dripping, mut second) =
            (Raw::open(&url).await, Raw::open(&url).await, Raw::open(&url).await, Raw::open(&url).await);
        half.send("GET /health/live HTTP/1.1\r\nHo").await;
        dripping.send("GET /health/live HTTP/1.1\r\nX-Long: ").await;
        second.send(&get("/health/live")).await;
        assert!(second.response().await.0.starts_with("http/1.1 200"));
        second.send("GET /health").await;

        let (silent, half, dripping, second) = tokio::join!(
            silent.closed_within(CLOCK),
            half.closed_within(CLOCK),
            dripping.drip(b"x", CLOCK),
            second.closed_within(CLOCK),
        );
        assert!([silent, half, dripping, second].iter().all(Vec::is_empty), "nothing is sent before it closes");
    })
    .await;
}

#[tokio::test]
async fn a_connection_is_kept_for_another_request_but_not_for_ever() {
    with_service(async |service| {
        let url = api(service, Limits { idle: CLOCK, ..limits() }).await;
        let mut client = Raw::open(&url).await;

        for _ in 0..3 {
            client.send(&get("/health/live")).await;
            assert!(client.response().await.0.starts_with("http/1.1 200"));
        }

        assert_eq!(client.closed_within(CLOCK).await, b"");
    })
    .await;
}

#[tokio::test]
async fn a_body_that_pauses_or_drips_is_rejected_and_debits_nothing() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let url = api(service, Limits { body: CLOCK, body_rate: 1 << 20, ..limits() }).await;

        let (mut pausing, mut dripping) = (Raw::open(&url).await, Raw::open(&url).await);
        let Ok(mut asking) = HeldCall::begin(&url, &key).await else { panic!("the body is wanted") };
        pausing.send(&(post_head(&key, 1000) + "{\"html\": ")).await;
        dripping.send(&(post_head(&key, 100_000) + "{")).await;

        for response in [pausing.closed_within(CLOCK * 10).await, asking.client.closed_within(CLOCK * 10).await] {
            assert_timed_out(&response);
        }
        assert_timed_out(&dripping.drip(b" ", CLOCK * 10).await);
        assert_eq!(service.scalar("select count(*) from job").await, 0);
    })
    .await;
}

fn assert_timed_out(response: &[u8]) {
    let response = String::from_utf8_lossy(response).to_lowercase();
    assert!(response.starts_with("http/1.1 408") && response.contains("\r\nconnection: close"), "{response}");
    assert!(response.contains("\"request_timeout\"") && response.contains("x-request-id"), "{response}");
}

#[tokio::test]
async fn a_body_that_keeps_arriving_may_take_longer_than_it_may_pause() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let url = api(service, Limits { body: CLOCK, body_rate: 10_000, ..limits() }).await;
        let body = json!({"html": "x".repeat(60_000), "async": true}).to_string();
        let (mut client, began) = (Raw::open(&url).await, Instant::now());

        client.send(&post_head(&key, body.len())).await;
        let mut pace = interval(CLOCK / 2);
        for part in body.as_bytes().chunks(10_000) {
            pace.tick().await;
            client.0.write_all(part).await.expect("the server reads");
        }

        let (head, body) = client.response().await;
        assert!(head.starts_with("http/1.1 202") && began.elapsed() > CLOCK * 2, "{head} {body}");
    })
    .await;
}

#[tokio::test]
async fn a_client_that_does_not_read_is_not_waited_for() {
    with_service(async |service| {
        let (key, path) = stored_result(service, 8 << 20).await;
        let url = api(service, Limits { write: CLOCK, ..limits() }).await;
        let result = get(&path).replace("Host", &format!("X-API-Key: {key}\r\nHost"));

        for requests in [result, get("/docs").repeat(4), get("/openapi.json").repeat(40)] {
            let mut client = Raw::open_narrow(&url).await;
            client.send(&requests).await;

            client.reset_within(CLOCK * 3).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_client_that_reads_slowly_is_served_for_the_time_that_a_response_may_take() {
    with_service(async |service| {
        let (key, path) = stored_result(service, 8 << 20).await;
        let patient = api(service, Limits { write: CLOCK, ..limits() }).await;
        let strict = api(service, Limits { response: CLOCK, ..limits() }).await;
        let request = get(&path).replace("Host", &format!("Connection: close\r\nX-API-Key: {key}\r\nHost"));
        let (mut received, mut cut_off) = (Raw::open_narrow(&patient).await, Raw::open_narrow(&strict).await);
        received.send(&request).await;
        cut_off.send(&request).await;

        // Reads 8 MiB in about ten times the clock.
        let read_slowly = async |mut client: Raw| {
            let (mut pace, mut total, mut bytes) = (interval(CLOCK / 4), 0, vec![0; 200_000]);
            loop {
                pace.tick().await;
                match timeout(TEST_TIMEOUT, client.0.read_exact(&mut bytes)).await.expect("in time") {
                    Ok(read) => total += read,
                    Err(error) => return (total + bytes.len() > 8 << 20, error.kind()),
                }
            }
        };
        let (received, cut_off) = tokio::join!(read_slowly(received), read_slowly(cut_off));

        assert_eq!(received, (true, std::io::ErrorKind::UnexpectedEof));
        assert_eq!(cut_off, (false, std::io::ErrorKind::ConnectionReset));
    })
    .await;
}

#[tokio::test]
async fn beyond_the_bound_a_connection_without_a_request_makes_room_for_another() {
    with_service(async |service| {
        let url = api(service, Limits { connections: 3, ..limits() }).await;
        let (mut used, mut silent) = (Raw::open(&url).await, Raw::open(&url).await);
        used.send(&get("/health/live")).await;
        used.response().await;
        silent.send("GET /hea").await;
        let mut others = Vec::new();

        for _ in 0..4 {
            let mut client = Raw::open(&url).await;
            client.send(&get("/health/live")).await;
            assert!(client.response().await.0.starts_with("http/1.1 200"));
            others.push(client);
        }

        assert_eq!(silent.closed_within(CLOCK * 10).await, b"", "one that never had a request is closed first");
        assert_eq!(used.closed_within(CLOCK * 10).await, b"", "then the oldest that is idle");
    })
    .await;
}

#[tokio::test]
async fn beyond_the_bound_of_calls_in_progress_health_checks_are_answered_and_others_retry_later() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let url = api(service, Limits { connections: 2, ..limits() }).await;
        let (Ok(first), Ok(second)) = (HeldCall::begin(&url, &key).await, HeldCall::begin(&url, &key).await) else {
            panic!("both are within the bound")
        };

        let Err((head, body)) = HeldCall::begin(&url, &key).await else { panic!("the third is beyond the bound") };
        for path in ["/health/live", "/health/ready"] {
            let mut probe = Raw::open(&url).await;
            probe.send(&get(path)).await;
            assert!(probe.response().await.0.starts_with("http/1.1 200"), "{path}");
        }

        let body: Value = serde_json::from_str(&body).expect("JSON");
        assert_eq!(body["detail"]["code"], "TOO_MANY_CONNECTIONS");
        assert!(head.starts_with("http/1.1 503") && head.contains("\r\nretry-after: 1"), "{head}");
        assert!(head.contains("\r\nconnection: close"), "{head}");
        for call in [first, second] {
            assert!(call.end().await.0.starts_with("http/1.1 202"), "calls in progress are not closed");
        }
    })
    .await;
}

#[tokio::test]
async fn without_open_files_health_checks_are_answered_and_one_line_is_logged() {
    with_service(async |service| {
        let mut command = Command::new(binary("tintype-api"));
        command.env("DATABASE_URL", &service.database_url).env("TINTYPE_LISTEN", "127.0.0.1:0").kill_on_drop(true);
        let mut child = command.stderr(std::process::Stdio::piped()).spawn().expect("the API starts");
        let mut log = BufReader::new(child.stderr.take().expect("a pipe")).lines();
        let line = log.next_line().await.expect("a log").expect("a line");
        let url = format!("http://{}", line.split_once("http://").expect("a URL").1);
        let id = child.id().and_then(|id| i32::try_from(id).ok()).expect("a process");
        let key = service.account("ada", 50).await;
        assert!(probe(&url).await.starts_with("http/1.1 200"));

        limit_files(id, open_files(id) + 4).await;
        let mut calls = Vec::new();
        let refused = loop {
            match HeldCall::begin(&url, &key).await {
                Ok(call) => calls.push(call),
                Err(response) => break response,
            }
        };
        for _ in 0..10 {
            let head = probe(&url).await;
            assert!(head.starts_with("http/1.1 200"), "{head}");
        }
        assert!(refused.1.contains("TOO_MANY_CONNECTIONS"), "{refused:?}");
        for call in calls {
            assert!(call.end().await.0.starts_with("http/1.1 202"), "calls in progress go on");
        }
        assert!(HeldCall::begin(&url, &key).await.is_ok(), "there is room again");
        kill(Pid::from_raw(id), Signal::SIGTERM).expect("the process exists");

        let mut lines = Vec::new();
        while let Some(line) = log.next_line().await.expect("a log") {
            lines.push(line);
        }
        let failures = lines.iter().filter(|line| line.contains("cannot accept connections")).count();
        assert_eq!(failures, 1, "{lines:#?}");
    })
    .await;
}

/// Asks whether an API is ready, and returns the head of the response.
async fn probe(url: &str) -> String {
    let mut probe = Raw::open(url).await;
    probe.send(&get("/health/ready")).await;
    probe.response().await.0
}

async fn limit_files(process: i32, files: usize) {
    let args = ["--pid", &process.to_string(), &format!("--nofile={files}:")];
    let done = harness::run(std::path::Path::new("prlimit"), &args, &[]).await;
    assert_eq!(done.code, Some(0), "{}", done.stderr);
}

/// An API of this process that a test can shut down.
struct Api {
    url: String,
    stop: Option<oneshot::Sender<()>>,
    running: JoinSet<()>,
}

impl Api {
    async fn start(service: &Service, limits: Limits, drain_delay: Duration) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let config = api::Config { limits: Some(limits), drain_delay, ..service.api_config(&service.database_url, "") };
        let (stop, stopped) = oneshot::channel::<()>();
        let mut running = JoinSet::new();
        running.spawn(async { api::serve(listener, config, async { drop(stopped.await) }).await.expect("it serves") });
        Self { url, stop: Some(stop), running }
    }

    fn stop(&mut self) {
        self.stop.take();
    }

    async fn ends_within(&mut self, limit: Duration) {
        timeout(limit * SLACK, self.running.join_next())
            .await
            .expect("it ends in time")
            .expect("once")
            .expect("no panic");
    }
}

#[tokio::test]
async fn a_shutdown_waits_for_requests_but_not_for_connections_without_one() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let mut api = Api::start(service, limits(), Duration::ZERO).await;
        let (mut silent, mut half, mut idle, mut second) = (
            Raw::open(&api.url).await,
            Raw::open(&api.url).await,
            Raw::open(&api.url).await,
            Raw::open(&api.url).await,
        );
        half.send("GET /health/live HTTP/1.1\r\nHo").await;
        for client in [&mut idle, &mut second] {
            client.send(&get("/health/live")).await;
            client.response().await;
        }
        second.send("GET /hea").await;
        let Ok(running) = HeldCall::begin(&api.url, &key).await else { panic!("the body is wanted") };

        api.stop();
        for client in [&mut silent, &mut half, &mut idle, &mut second] {
            assert_eq!(client.closed_within(Duration::from_secs(3)).await, b"");
        }
        assert!(!api.running.is_empty(), "a request is in progress");

        assert!(running.end().await.0.starts_with("http/1.1 202"));
        api.ends_within(Duration::from_secs(3)).await;
    })
    .await;
}

#[tokio::test]
async fn a_shutdown_is_announced_before_the_listener_closes() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let delay = Duration::from_secs(2);
        let mut api = Api::start(service, limits(), delay).await;
        let http = reqwest::Client::builder().pool_max_idle_per_host(0).build().expect("a client");
        let url = api.url.clone();
        let ready = async || http.get(format!("{url}/health/ready")).send().await.expect("a response");
        assert_eq!(ready().await.status().as_u16(), 200);
        let stopped = Instant::now();
        api.stop();

        let announced = async {
            loop {
                let response = ready().await;
                if response.status().as_u16() == 503 {
                    return response.text().await.expect("text");
                }
            }
        };
        let announced = timeout(delay, announced).await.expect("it is announced while the listener is open");
        let ping = http.get(format!("{}/v1/ping", api.url)).header("X-API-Key", &key).send().await.expect("a response");

        let announced: Value = serde_json::from_str(&announced).expect("JSON");
        assert_eq!((&announced["status"], &announced["detail"]["code"]), (&json!("draining"), &json!("SHUTTING_DOWN")));
        assert_eq!(announced["parts"]["database"]["status"], "ok");
        assert_eq!(ping.status().as_u16(), 200, "calls are still accepted");
        api.ends_within(delay).await;
        assert!(stopped.elapsed() >= delay);
        assert!(TcpStream::connect(address(&api.url)).await.is_err(), "the listener is closed");
    })
    .await;
}

#[tokio::test]
async fn versions_and_methods_of_http_go_on_working() {
    with_service(async |service| {
        let url = api(service, limits()).await;

        let mut old = Raw::open(&url).await;
        old.send("GET /health/live HTTP/1.0\r\n\r\n").await;
        assert!(String::from_utf8_lossy(&old.closed_within(CLOCK * 10).await).contains("\"live\""));

        let mut pipelined = Raw::open(&url).await;
        pipelined.send(&(get("/health/live") + &get("/health/ready") + &get("/v1/nothing"))).await;
        for status in ["200", "200", "404"] {
            assert_eq!(pipelined.response().await.0.get(9..12), Some(status));
        }

        let mut head = Raw::open(&url).await;
        head.send("HEAD /openapi.json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
        let response = head.closed_within(CLOCK * 10).await;
        assert!(response.starts_with(b"HTTP/1.1 200") && response.ends_with(b"\r\n\r\n"));

        let mut second_version = Raw::open(&url).await;
        second_version.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u{4}\0\0\0\0\0").await;
        let rejected = String::from_utf8_lossy(&second_version.closed_within(CLOCK * 10).await).into_owned();
        assert!(!rejected.contains(" 200 "), "HTTP/2 ends at the reverse proxy: {rejected}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hundreds_of_connections_without_a_key_are_closed_while_the_api_stays_ready() {
    with_service(async |service| {
        let clocks = Limits { head: CLOCK * 5, idle: CLOCK * 5, write: CLOCK * 5, ..limits() };
        let url = api(service, clocks).await;
        let mut clients = JoinSet::new();
        for number in 0..400 {
            let url = url.clone();
            clients.spawn(async move {
                let mut client = if number % 4 == 3 { Raw::open_narrow(&url).await } else { Raw::open(&url).await };
                match number % 4 {
                    0 => {}
                    1 => client.send("GET /docs HTTP/1.1\r\nX: ").await,
                    2 => {
                        client.send(&get("/health/live")).await;
                        client.response().await;
                    }
                    _ => {
                        client.send(&get("/docs")).await;
                        return client.reset_within(CLOCK * 10).await;
                    }
                }
                client.closed_within(CLOCK * 10).await;
            });
        }

        let (http, mut durations) = (reqwest::Client::new(), Vec::new());
        let mut pace = interval(CLOCK / 10);
        while !clients.is_empty() {
            pace.tick().await;
            let asked = Instant::now();
            let ready = http.get(format!("{url}/health/ready")).send().await.expect("a response");
            let status = ready.status().as_u16();
            assert_eq!(status, 200, "{}", ready.text().await.expect("a body"));
            durations.push(asked.elapsed());
            while let Some(ended) = clients.try_join_next() {
                ended.expect("the connection was closed in time");
            }
        }

        durations.sort_unstable();
        let most = durations[durations.len() * 9 / 10];
        println!("ready took {most:?}, and at most {:?}", durations.last());
        assert!(most < Duration::from_millis(100) * SLACK, "{durations:?}");
    })
    .await;
}
