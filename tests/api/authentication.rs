//! API keys: every operation requires a valid one, sent once, in a header.

use std::process::Stdio;
use std::time::Instant;

use domain::key::NewKey;
use harness::fixtures::actor;
use harness::{ApiResponse, Service, TEST_TIMEOUT, binary, with_service};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use reqwest::header::HeaderValue;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::Command;
use tokio::time::timeout;

const PATHS: [&str; 3] = ["/v1/balance", "/v1/jobs/0198f2c1-4f6e-7c2d-a1b0-3d5c77e09b41", "/v1/jobs/x/result"];

#[tokio::test]
async fn every_operation_requires_a_valid_key() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let revoked = domain::key::create(&service.db, &actor(), &NewKey::new("ada")).await.expect("a key");
        domain::key::revoke(&service.db, &actor(), &revoked.id.to_string()).await.expect("it is revoked");
        let unknown = format!("{}{}", &key[..key.len() - 1], if key.ends_with('0') { '1' } else { '0' });

        for bad in ["", "nonsense", &unknown, revoked.key.expose_secret()] {
            for path in PATHS {
                let response = service.get(bad, path).await;

                assert_eq!(
                    (response.status, &response.json()["detail"]["code"]),
                    (401, &json!("INVALID_API_KEY")),
                    "{path}"
                );
                assert_eq!(response.header("www-authenticate"), "Bearer");
            }
            for path in ["/v1/screenshot", "/v1/pdf", "/v1/bulk"] {
                assert_eq!(service.post(bad, path, &json!({"html": "<p>", "async": true})).await.status, 401, "{path}");
            }
        }
        let unknown = service.key("ada").await;
        let id = unknown.split('_').nth(1).expect("an id");
        sqlx::query("delete from api_key where id = $1").bind(id).execute(&service.db).await.expect("it is deleted");
        assert_eq!(service.get(&unknown, "/v1/balance").await.status, 401, "a well-formed key that does not exist");
        service.execute("update api_key set digest = sha256('another secret')").await;
        assert_eq!(service.get(&key, "/v1/balance").await.status, 401, "a known id is not enough");
        assert_eq!(service.scalar("select count(*) from job").await, 0);
    })
    .await;
}

/// Sends headers to `GET /v1/balance`.
async fn balance(service: &Service, headers: &[(&str, &str)]) -> ApiResponse {
    let send = |http: &reqwest::Client, url: &str| {
        let request = http.get(format!("{url}/v1/balance"));
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))
    };
    service.send(send).await
}

fn code(response: &ApiResponse) -> Value {
    response.json()["detail"]["code"].clone()
}

#[tokio::test]
async fn the_same_key_may_be_sent_twice_but_not_two_different_keys() {
    with_service(async |service| {
        let (key, other) = (service.account("ada", 5).await, service.key("ada").await);
        let (bearer, other_bearer) = (format!("Bearer {key}"), format!("Bearer {other}"));
        let lower_case = format!("bearer  {key}");

        for accepted in [
            vec![("authorization", bearer.as_str())],
            vec![("authorization", &lower_case)],
            vec![("x-api-key", &key), ("x-api-key", &key)],
            vec![("x-api-key", &key), ("authorization", &bearer)],
            vec![("authorization", &bearer), ("authorization", &bearer)],
            vec![("x-api-key", &key), ("authorization", "Basic dHQ6c2VjcmV0")],
            vec![("x-api-key", ""), ("authorization", &bearer)],
        ] {
            assert_eq!(balance(service, &accepted).await.status, 200, "{accepted:?}");
        }
        for ambiguous in [
            vec![("x-api-key", key.as_str()), ("x-api-key", &other)],
            vec![("x-api-key", &key), ("authorization", &other_bearer)],
            vec![("authorization", &bearer), ("authorization", &other_bearer)],
            vec![("x-api-key", &key), ("x-api-key", &key), ("authorization", &other_bearer)],
            vec![("x-api-key", &key), ("x-api-key", "nonsense")],
        ] {
            let response = balance(service, &ambiguous).await;

            assert_eq!((response.status, code(&response)), (400, json!("AMBIGUOUS_CREDENTIALS")), "{ambiguous:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_key_that_is_not_one_is_unauthorized_whatever_its_form() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let long = "x".repeat(10 * 1024);
        let long_bearer = format!("Bearer {long}");
        let (homoglyph, wrong_prefix) = (key.replace("tt_", "t\u{442}_"), key.replace("tt_", "sk_"));
        let (longer, shorter) = (format!("{key}0"), key[..key.len() - 1].to_owned());

        for headers in [
            vec![],
            vec![("x-api-key", "")],
            vec![("x-api-key", "  ")],
            vec![("authorization", "Bearer")],
            vec![("authorization", &key)],
            vec![("authorization", "Basic dHQ6c2VjcmV0")],
            vec![("x-api-key", &long)],
            vec![("authorization", &long_bearer)],
            vec![("x-api-key", &wrong_prefix)],
            vec![("x-api-key", &longer)],
            vec![("x-api-key", &shorter)],
            vec![("x-api-key", "tt_'; drop table api_key; --")],
        ] {
            let response = balance(service, &headers).await;

            assert_eq!((response.status, code(&response)), (401, json!("INVALID_API_KEY")), "{headers:?}");
            assert!(!response.json().to_string().contains("xxxx"), "the key is not echoed");
        }
        for bytes in [homoglyph.as_bytes(), &[b't', b't', b'_', 0xff, 0xfe]] {
            let value = HeaderValue::from_bytes(bytes).expect("a header");
            let response =
                service.send(|http, url| http.get(format!("{url}/v1/balance")).header("X-API-Key", value)).await;
            assert_eq!((response.status, code(&response)), (401, json!("INVALID_API_KEY")), "{bytes:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_key_that_contains_a_line_break_is_rejected() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let address = service.url.trim_start_matches("http://");
        let (start, end) = key.split_at(20);

        for line_break in ["\r\n ", "\n ", "\r", "\n"] {
            let mut stream = TcpStream::connect(address).await.expect("a connection");
            let head = format!(
                "GET /v1/balance HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-API-Key: {start}{line_break}{end}\r\n\r\n"
            );
            stream.write_all(head.as_bytes()).await.expect("the request is sent");
            let mut response = String::new();
            timeout(TEST_TIMEOUT, stream.read_to_string(&mut response)).await.expect("in time").expect("a response");

            let status = response.split(' ').nth(1).unwrap_or_default();
            assert!(["400", "401"].contains(&status), "{line_break:?}: {response}");
        }
        assert_eq!(service.get(&key, "/v1/balance").await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_key_in_the_url_is_rejected_and_neither_logged_nor_echoed() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let (mut process, url, mut log) = start_process(&service.database_url).await;

        for (name, header) in
            [("api_key", ""), ("key", &key), ("token", ""), ("access_token", ""), ("access_key", &key)]
        {
            let send = |http: &reqwest::Client, _: &str| {
                http.get(format!("{url}/v1/balance?{name}={key}")).header("X-API-Key", header)
            };
            let response = service.send(send).await;

            let detail = response.json()["detail"].clone();
            assert_eq!(
                (response.status, &detail["code"], &detail["reason"]),
                (400, &json!("AMBIGUOUS_CREDENTIALS"), &json!("key_in_url")),
                "{name}"
            );
            assert!(detail["message"].as_str().is_some_and(|message| message.contains("`X-API-Key`")), "{detail}");
            assert!(!response.json().to_string().contains(&key), "{name}");
        }
        // A process that is killed loses the lines that it has not written yet.
        let pid = process.id().expect("the process runs").try_into().expect("a process id");
        kill(Pid::from_raw(pid), Signal::SIGTERM).expect("the process runs");
        process.wait().await.expect("the process ends");
        let mut logged = String::new();
        log.read_to_string(&mut logged).await.expect("the log");
        assert_eq!(logged.matches("GET /v1/balance returned 400").count(), 5, "{logged}");
        assert!(!logged.contains(&key), "{logged}");
    })
    .await;
}

/// Starts an API that logs everything about requests. Returns its URL and its further log.
async fn start_process(database_url: &str) -> (tokio::process::Child, String, BufReader<tokio::process::ChildStderr>) {
    let mut command = Command::new(binary("tintype-api"));
    command.env("DATABASE_URL", database_url).env("TINTYPE_LISTEN", "127.0.0.1:0").env("RUST_LOG", "debug");
    let mut child = command.stderr(Stdio::piped()).kill_on_drop(true).spawn().expect("the process starts");
    let mut log = BufReader::new(child.stderr.take().expect("standard error is piped"));
    let mut line = String::new();
    let listening = async {
        while !line.contains("listening on ") {
            line.clear();
            assert_ne!(log.read_line(&mut line).await.expect("a line"), 0, "the process ended");
        }
    };
    timeout(TEST_TIMEOUT, listening).await.expect("the API listens in time");
    let url = line.split("listening on ").nth(1).expect("a URL").trim().to_owned();
    (child, url, log)
}

#[tokio::test]
async fn a_malformed_key_is_rejected_without_the_database() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let url = service.start_api("postgres://nobody@localhost:1/none").await;
        let get = async |key: &str| {
            service.send(|http, _| http.get(format!("{url}/v1/balance")).header("X-API-Key", key)).await.status
        };

        assert_eq!(get("nonsense").await, 401);
        assert_eq!(get(&key[..key.len() - 1]).await, 401);
        assert_eq!(get(&key).await, 503, "a well-formed key needs the database");
    })
    .await;
}

/// Sends malformed keys to `GET /v1/balance` until the response is not 401, with the header
/// that `forwarded` returns. Returns the last response and how many were before it.
async fn exhaust(service: &Service, url: &str, forwarded: impl Fn(u32) -> String) -> (u32, ApiResponse) {
    for sent in 0..60 {
        let send = |http: &reqwest::Client, _: &str| {
            let request = http.get(format!("{url}/v1/balance")).header("X-API-Key", format!("nonsense-{sent}"));
            request.header("X-Forwarded-For", forwarded(sent))
        };
        let response = service.send(send).await;
        if response.status != 401 {
            return (sent, response);
        }
    }
    panic!("60 invalid keys got 401");
}

/// The budget grows by one key every 3 seconds.
fn assert_is_a_budget_of_20(sent: u32, began: Instant) {
    let grown = u32::try_from(began.elapsed().as_secs()).expect("a short test") / 3;
    assert!((20..=20 + grown).contains(&sent), "{sent}");
}

#[tokio::test]
async fn after_20_invalid_keys_a_minute_an_address_is_limited_but_its_valid_keys_work() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        for _ in 0..30 {
            assert_eq!(balance(service, &[]).await.status, 401, "a missing key is not an invalid one");
        }
        let began = Instant::now();

        let (sent, response) = exhaust(service, &service.url, |sent| format!("198.51.100.{sent}")).await;

        assert_is_a_budget_of_20(sent, began);
        assert_eq!((response.status, code(&response)), (429, json!("RATE_LIMIT_EXCEEDED")));
        let retry_after: u64 = response.header("retry-after").parse().expect("seconds");
        assert!((1..=3).contains(&retry_after), "{retry_after}");
        assert_eq!(response.json()["detail"]["retry_after"], retry_after);
        for _ in 0..3 {
            assert_eq!(service.get(&key, "/v1/balance").await.status, 200, "nobody is locked out by a neighbor");
        }
    })
    .await;
}

#[tokio::test]
async fn forwarded_addresses_count_only_as_far_as_trusted_proxies_vouch_for_them() {
    with_service(async |service| {
        let url = service.start_api_behind("10.0.0.0/8, 127.0.0.1").await;
        let began = Instant::now();

        let (sent, limited) = exhaust(service, &url, |sent| format!("198.51.100.{sent}, 203.0.113.7, 10.1.1.1")).await;

        assert_is_a_budget_of_20(sent, began);
        assert_eq!(limited.status, 429);
        let (sent, other) = exhaust(service, &url, |_| "203.0.113.8".to_owned()).await;
        assert!(sent >= 20 && other.status == 429, "another client has a budget of its own: {sent}");
    })
    .await;
}

#[tokio::test]
async fn only_the_account_itself_learns_of_its_suspension() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        domain::account::suspend(&service.db, &actor(), "ada").await.expect("it is suspended");
        let wrong = format!("{}{}", &key[..key.len() - 1], if key.ends_with('0') { '1' } else { '0' });
        let body = json!({"html": "<p>", "async": true});

        let own = service.post(&key, "/v1/pdf", &body).await;
        let stranger = service.post(&wrong, "/v1/pdf", &body).await;

        assert_eq!((own.status, code(&own)), (403, json!("ACCOUNT_SUSPENDED")));
        assert_eq!((stranger.status, code(&stranger)), (401, json!("INVALID_API_KEY")));
    })
    .await;
}
