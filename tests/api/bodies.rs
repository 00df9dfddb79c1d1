//! Bodies: what is rejected before it is read, and clients that are still sending.

use harness::{Service, TEST_TIMEOUT, with_service};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

const MIB: usize = 1024 * 1024;

/// A connection on which a test writes what it likes.
struct Raw(TcpStream);

/// A response as it was received.
struct RawResponse {
    status: u16,
    head: String,
    body: String,
}

impl Raw {
    async fn open(service: &Service) -> Self {
        let address = service.url.strip_prefix("http://").expect("an address");
        Self(TcpStream::connect(address).await.expect("a connection"))
    }

    async fn send(&mut self, bytes: &[u8]) {
        timeout(TEST_TIMEOUT, self.0.write_all(bytes)).await.expect("in time").expect("the server reads");
    }

    /// Reads to the end of the head and as much of the body as it announces.
    async fn response(&mut self) -> RawResponse {
        timeout(TEST_TIMEOUT, self.read_response()).await.expect("a response in time")
    }

    async fn read_response(&mut self) -> RawResponse {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.0.read_u8().await.expect("a head"));
        }
        let head = String::from_utf8(head).expect("text");
        let status = head.get(9..12).and_then(|status| status.parse().ok()).expect("a status");
        let length = header(&head, "content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).await.expect("a body");
        RawResponse { status, head, body: String::from_utf8(body).expect("text") }
    }

    /// Waits until the server closes, and returns what it sent until then.
    async fn rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        timeout(TEST_TIMEOUT, self.0.read_to_end(&mut rest)).await.expect("in time").expect("no reset");
        rest
    }
}

impl RawResponse {
    /// Returns the status and code, after checking the format that all errors have.
    fn error(&self) -> (u16, String) {
        let problem: Value = serde_json::from_str(&self.body).expect(&self.body);
        assert_eq!(header(&self.head, "content-type").as_deref(), Some("application/json"), "{}", self.head);
        assert_eq!(problem["detail"]["request_id"].as_str(), header(&self.head, "x-request-id").as_deref());
        assert_eq!(problem["detail"]["code"], problem["error"]["code"]);
        (self.status, problem["error"]["code"].as_str().expect("a code").to_owned())
    }
}

fn header(head: &str, name: &str) -> Option<String> {
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    lines.find(|(given, _)| given.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
}

fn head(path: &str, key: &str, more: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: x\r\nX-API-Key: {key}\r\n{more}\r\n")
}

fn json_head(path: &str, key: &str, more: &str) -> String {
    head(path, key, &format!("Content-Type: application/json\r\n{more}"))
}

async fn assert_nothing_happened(service: &Service) {
    assert_eq!(service.scalar("select count(*) from ledger where kind = 'debit'").await, 0);
    assert_eq!(service.scalar("select count(*) from job").await, 0);
}

#[tokio::test]
async fn a_body_that_is_announced_as_too_large_is_rejected_unread() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;

        for (path, length) in [("/v1/screenshot", 6 * MIB + 1), ("/v1/pdf", 1 << 62), ("/v1/bulk", 24 * MIB + 1)] {
            let mut client = Raw::open(service).await;
            client.send(json_head(path, &key, &format!("Content-Length: {length}\r\n")).as_bytes()).await;
            let response = client.response().await;

            assert_eq!(response.error(), (413, "PAYLOAD_TOO_LARGE".to_owned()), "{path} {length}");
            assert_eq!(header(&response.head, "connection").as_deref(), Some("close"), "{path}");
        }
        assert_nothing_happened(service).await;
    })
    .await;
}

#[tokio::test]
async fn a_client_that_sends_everything_before_it_reads_can_read_the_response() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let json = "Content-Type: application/json\r\n";

        for (path, key, content_type, length, expected) in [
            ("/v1/screenshot", key.as_str(), json, 7 * MIB, 413),
            ("/v1/bulk", &key, json, 25 * MIB, 413),
            ("/v1/screenshot", "tt_wrong", json, 3 * MIB, 401),
            ("/v1/screenshot", &key, "", 3 * MIB, 415),
            ("/v1/nothing", &key, json, 3 * MIB, 404),
            ("/v1/balance", &key, json, 3 * MIB, 405),
        ] {
            let mut client = Raw::open(service).await;
            client.send(head(path, key, &format!("{content_type}Content-Length: {length}\r\n")).as_bytes()).await;
            for _ in 0..length / MIB {
                client.send(&vec![b'x'; MIB]).await;
            }
            let response = client.response().await;

            assert_eq!(response.error().0, expected, "{path}");
            assert!(client.rest().await.is_empty(), "the connection closes without a reset");
        }
        assert_nothing_happened(service).await;
    })
    .await;
}

#[tokio::test]
async fn a_chunked_body_is_rejected_when_it_crosses_the_limit() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let mut client = Raw::open(service).await;

        client.send(json_head("/v1/pdf", &key, "Transfer-Encoding: chunked\r\n").as_bytes()).await;
        for _ in 0..7 {
            client.send(format!("{MIB:x}\r\n").as_bytes()).await;
            client.send(&vec![b' '; MIB]).await;
            client.send(b"\r\n").await;
        }

        let response = client.response().await;
        assert_eq!(response.error(), (413, "PAYLOAD_TOO_LARGE".to_owned()));
        assert_nothing_happened(service).await;
    })
    .await;
}

#[tokio::test]
async fn a_request_that_is_not_valid_http_gets_the_same_error_format() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let long = "x".repeat(70_000);
        let many = "X-Many: 1\r\n".repeat(200);

        for (request, expected) in [
            (json_head("/v1/pdf", &key, "Content-Length: abc\r\n"), 400),
            (json_head("/v1/pdf", &key, "Content-Length: -1\r\n"), 400),
            (json_head("/v1/pdf", &key, "Content-Length: 5, 6\r\n"), 400),
            (json_head("/v1/pdf", &key, "Content-Length: 99999999999999999999999\r\n"), 400),
            (json_head("/v1/pdf", &key, "Content-Length: 5\r\nContent-Length: 6\r\n"), 400),
            (json_head("/v1/pdf", &key, "Transfer-Encoding: gzip\r\n"), 400),
            (json_head("/v1/pdf", &key, "no colon\r\n"), 400),
            (json_head("/v1/pdf", &key, "Idempotency-Key: a\0b\r\n"), 400),
            ("GET /v1/ jobs HTTP/1.1\r\n\r\n".to_owned(), 400),
            ("GET /v1/jobs HTTP/7.1\r\n\r\n".to_owned(), 400),
            (format!("GET /{long} HTTP/1.1\r\n\r\n"), 414),
            (format!("GET /v1/balance HTTP/1.1\r\n{many}\r\n"), 431),
        ] {
            let mut client = Raw::open(service).await;
            client.send(request.as_bytes()).await;
            let response = client.response().await;

            assert_eq!(response.error().0, expected, "{}", request.get(..200).unwrap_or(&request));
            assert!(client.rest().await.is_empty(), "the connection closes without a reset");
        }
        assert_nothing_happened(service).await;
    })
    .await;
}

#[tokio::test]
async fn a_body_that_ends_early_or_has_invalid_chunks_is_rejected() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;

        let mut client = Raw::open(service).await;
        client.send(json_head("/v1/pdf", &key, "Transfer-Encoding: chunked\r\n").as_bytes()).await;
        client.send(b"zz\r\n{}\r\n0\r\n\r\n").await;

        let response = client.response().await;
        assert_eq!(response.error(), (400, "MALFORMED_JSON".to_owned()));
        assert!(response.body.contains("chunks have invalid sizes"), "{}", response.body);
        assert_nothing_happened(service).await;
    })
    .await;
}

#[tokio::test]
async fn a_client_that_asks_first_receives_100_only_if_its_body_is_wanted() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let expect = |length: usize| format!("Expect: 100-continue\r\nContent-Length: {length}\r\n");
        let body = json!({"html": "<p>", "async_mode": true}).to_string();

        for (request, expected) in [
            (json_head("/v1/screenshot", &key, &expect(7 * MIB)), 413),
            (json_head("/v1/screenshot", "tt_wrong", &expect(body.len())), 401),
            (json_head("/v1/nothing", &key, &expect(body.len())), 404),
            (json_head("/v1/balance", &key, &expect(body.len())), 405),
            (head("/v1/screenshot", &key, &expect(body.len())), 415),
            (json_head("/v1/screenshot?nope=1", &key, &expect(body.len())), 422),
            (json_head("/v1/screenshot", &key, &format!("Idempotency-Key: \u{fc}\r\n{}", expect(body.len()))), 422),
        ] {
            let mut client = Raw::open(service).await;
            client.send(request.as_bytes()).await;
            let response = client.response().await;

            assert_eq!(response.error().0, expected, "{request}");
            assert_eq!(header(&response.head, "connection").as_deref(), Some("close"), "{request}");
        }
        assert_nothing_happened(service).await;

        let mut client = Raw::open(service).await;
        client.send(json_head("/v1/screenshot", &key, &expect(body.len())).as_bytes()).await;
        assert_eq!(client.response().await.status, 100);
        client.send(body.as_bytes()).await;
        assert_eq!(client.response().await.status, 202);
    })
    .await;
}

#[tokio::test]
async fn a_connection_survives_an_error_whose_body_was_read() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let mut client = Raw::open(service).await;

        for body in ["{\"html\": 5}", "{", "[]"] {
            let request = json_head("/v1/pdf", &key, &format!("Content-Length: {}\r\n", body.len()));
            client.send((request + body).as_bytes()).await;

            let response = client.response().await;
            assert!(matches!(response.error().0, 400 | 422), "{body}");
            assert_eq!(header(&response.head, "connection"), None, "{body}");
        }
    })
    .await;
}
