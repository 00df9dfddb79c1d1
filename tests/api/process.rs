//! The API as a process: its log, its end, and clients that go away.

use std::process::Stdio;
use std::time::{Duration, Instant};

use harness::{Fault, FaultPoint, Proxy, Service, binary, with_service};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStderr, Command};

/// A part of the statement with which the API asks which jobs have ended that calls wait for.
const WAITED: &str = "as waited (job)";

/// A running API, its log and its URL.
struct Api {
    child: Child,
    log: Lines<BufReader<ChildStderr>>,
    url: String,
}

impl Api {
    async fn start(database_url: &str) -> Self {
        let mut command = Command::new(binary("tintype-api"));
        command.env("DATABASE_URL", database_url).env("TINTYPE_LISTEN", "127.0.0.1:0").kill_on_drop(true);
        let mut child = command.stderr(Stdio::piped()).spawn().expect("the API starts");
        let mut log = BufReader::new(child.stderr.take().expect("a pipe")).lines();
        let line = log.next_line().await.expect("a log").expect("a line that says where");
        let url = format!("http://{}", line.split_once("http://").expect("a URL").1);
        Self { child, log, url }
    }

    /// Returns the lines of the log up to the one that contains this text.
    async fn logged(&mut self, text: &str) -> Vec<String> {
        let mut lines = Vec::new();
        while let Some(line) = self.log.next_line().await.expect("a log") {
            let is_last = line.contains(text);
            lines.push(line);
            if is_last {
                return lines;
            }
        }
        panic!("the log has no {text:?}: {lines:?}")
    }

    async fn get(&self, key: &str, path: &str, headers: &[(&str, &str)]) -> u16 {
        let request = reqwest::Client::new().get(format!("{}{path}", self.url)).header("X-API-Key", key);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        request.send().await.expect("a response").status().as_u16()
    }
}

async fn queued(service: &Service, key: &str) -> String {
    service.submit(key, "screenshot", json!({"html": "<p>"})).await
}

#[tokio::test]
async fn the_log_names_the_callers_request_and_trace() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let mut api = Api::start(&service.database_url).await;
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        let traceparent = format!("00-{trace}-00f067aa0ba902b7-01");

        let status = api.get(&key, "/v1/ping", &[("X-Request-Id", "mine-1"), ("traceparent", &traceparent)]).await;
        api.get(&key, "/v1/balance", &[("X-Request-Id", "two\u{9}words"), ("traceparent", "00-0-0-0")]).await;

        let first = api.logged("/v1/ping returned 200").await.pop().expect("a line");
        let second = api.logged("/v1/balance returned 200").await.pop().expect("a line");
        assert_eq!(status, 200);
        assert!(first.contains("request.id=mine-1") && first.contains(trace), "{first}");
        assert!(!second.contains("words") && !second.contains("trace.id"), "{second}");
    })
    .await;
}

#[tokio::test]
async fn a_shutdown_ends_the_calls_that_wait_for_a_job() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let job = queued(service, &key).await;
        let proxy = Proxy::to(&service.database_url).await;
        let waits = proxy.inject(WAITED, 1, FaultPoint::Before, Fault::Hold);
        let mut api = Api::start(proxy.url()).await;
        let (path, began) = (format!("/v1/jobs/{job}?wait_s=60"), Instant::now());

        let (status, ()) = tokio::join!(api.get(&key, &path, &[]), async {
            waits.occurred().await;
            proxy.release();
            let api = api.child.id().and_then(|id| i32::try_from(id).ok()).expect("a running process");
            kill(Pid::from_raw(api), Signal::SIGTERM).expect("the process exists");
        });

        assert_eq!(status, 200);
        assert!(api.child.wait().await.expect("an exit").success());
        assert!(began.elapsed() < Duration::from_secs(30), "the call was not waited out");
    })
    .await;
}

#[tokio::test]
async fn a_waiting_call_ends_when_its_client_goes_away() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let job = queued(service, &key).await;
        let proxy = Proxy::to(&service.database_url).await;
        let waits = proxy.inject(WAITED, 1, FaultPoint::Before, Fault::Hold);
        let mut api = Api::start(proxy.url()).await;
        let mut client = TcpStream::connect(api.url.trim_start_matches("http://")).await.expect("a connection");
        let request = format!("GET /v1/jobs/{job}?wait_s=60 HTTP/1.1\r\nHost: x\r\nX-API-Key: {key}\r\n\r\n");
        client.write_all(request.as_bytes()).await.expect("a request");
        waits.occurred().await;
        let left = Instant::now();

        drop(client);
        proxy.release();

        api.logged(&format!("/v1/jobs/{job} returned 200")).await;
        assert!(left.elapsed() < Duration::from_secs(30), "the call was waited out");
    })
    .await;
}
