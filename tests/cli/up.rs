//! `tintype up`: the whole service from nothing, which leaves no process behind.

use std::os::unix::fs::PermissionsExt;

use harness::{Descendants, Process, binary, decode_image, run};
use nix::sys::signal::Signal;
use serde_json::{Value, json};

/// Creates a directory that the users of Postgres and Chromium can access.
fn folder() -> tempfile::TempDir {
    let reachable = std::fs::Permissions::from_mode(0o755);
    tempfile::Builder::new().permissions(reachable).tempdir_in("/tmp").expect("a folder")
}

struct Up {
    process: Process,
    url: String,
    key: String,
}

impl Up {
    async fn start(folder: &tempfile::TempDir) -> Self {
        let data = folder.path().to_str().expect("a plain path");
        let args = ["up", "--json", "--data", data, "--listen", "127.0.0.1:0"];
        let mut process = Process::start(&binary("tintype"), &args, &[("TINTYPE_SLOTS", "1")]);
        let line: Value = serde_json::from_str(&process.first_line().await).expect("one line of JSON");
        assert!(line["database_url"].as_str().is_some_and(|url| url.starts_with("postgres://")), "{line}");
        let text = |name: &str| line[name].as_str().expect("text").to_owned();
        Self { process, url: text("url"), key: text("key") }
    }

    async fn render(&self) -> reqwest::Response {
        let request = reqwest::Client::new().post(format!("{}/v1/screenshot", self.url)).header("X-API-Key", &self.key);
        request.json(&json!({"html": "<p>up"})).send().await.expect("the call succeeds")
    }

    async fn get(&self, path: &str) -> reqwest::Response {
        let request = reqwest::Client::new().get(format!("{}{path}", self.url)).header("X-API-Key", &self.key);
        request.send().await.expect("the call succeeds")
    }
}

#[tokio::test]
async fn the_service_starts_from_nothing_leaves_no_process_and_keeps_its_jobs() {
    let folder = folder();
    let mut up = Up::start(&folder).await;
    let rendered = up.render().await;
    let job = rendered.headers()["x-job-id"].to_str().expect("an id").to_owned();
    let bytes = rendered.bytes().await.expect("a picture");
    assert_eq!(decode_image(&bytes).size(), (1280, 720));
    let secret_key = folder.path().join("secret-key");
    let mode = std::fs::metadata(&secret_key).expect("the key is kept").permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "only its owner reads it");
    let kept = std::fs::read_to_string(&secret_key).expect("a key");
    domain::secret::Keyring::parse(&kept).expect("a valid key");

    let descendants = Descendants::of(up.process.id());
    for program in ["postgres", "tintype-api", "tintype-worker", "headless"] {
        assert!(
            descendants.commands().iter().any(|name| name.contains(program)),
            "{program} in {:?}",
            descendants.commands()
        );
    }
    up.process.signal(Signal::SIGINT);
    assert_eq!(up.process.wait().await, Some(0));
    descendants.wait_until_exited().await;

    let mut again = Up::start(&folder).await;
    assert_eq!(again.key, up.key, "the demo key is kept");
    assert_eq!(std::fs::read_to_string(&secret_key).expect("a key"), kept, "the secret key is kept");
    assert_eq!(again.get(&format!("/v1/jobs/{job}/result")).await.bytes().await.expect("a picture"), bytes);
    let balance: Value = again.get("/v1/balance").await.json().await.expect("JSON");
    assert_eq!(balance["credits_remaining"], 999);

    let descendants = Descendants::of(again.process.id());
    again.process.signal(Signal::SIGKILL);
    again.process.wait().await;
    descendants.wait_until_exited().await;

    let mut last = Up::start(&folder).await;
    assert_eq!(last.get(&format!("/v1/jobs/{job}")).await.status(), 200);
    let data = folder.path().to_str().expect("a plain path");
    let audit = run(&binary("tintype"), &["audit", "--json", "--data", data], &[]).await;
    assert_eq!((audit.code, audit.stdout.trim()), (Some(0), "{\"broken\":[]}"));
    last.process.signal(Signal::SIGTERM);
    assert_eq!(last.process.wait().await, Some(0));
}

#[tokio::test]
async fn a_second_service_on_the_same_data_fails_and_does_not_disturb_the_first() {
    let folder = folder();
    let mut up = Up::start(&folder).await;

    let data = folder.path().to_str().expect("a plain path");
    let second = run(&binary("tintype"), &["up", "--data", data, "--listen", "127.0.0.1:0"], &[]).await;

    assert_eq!(second.code, Some(1), "{second:?}");
    assert!(second.stderr.contains(data), "{second:?}");
    assert_eq!(up.render().await.status(), 200);
    up.process.signal(Signal::SIGINT);
    assert_eq!(up.process.wait().await, Some(0));
}

#[tokio::test]
async fn a_service_that_cannot_print_runs_on_rotates_its_logs_and_stops_when_its_terminal_is_closed() {
    let folder = folder();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    drop(listener);
    let log = folder.path().join("log");
    std::fs::create_dir(&log).expect("a folder");
    std::fs::write(log.join("api.log"), vec![b'x'; 10_000_000]).expect("a log that is full");
    let full = std::fs::File::options().write(true).open("/dev/full").expect("Linux has /dev/full");
    let (_unread, stderr) = std::io::pipe().expect("a pipe");
    let data = folder.path().to_str().expect("a plain path");
    let args = ["up", "--data", data, "--listen", &address];
    let mut process = Process::start_printing_to((full, stderr), &binary("tintype"), &args, &[("TINTYPE_SLOTS", "1")]);

    let url = format!("http://{address}/health/ready");
    let ready = async {
        while reqwest::get(&url).await.is_err() {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(harness::TEST_TIMEOUT, ready).await.expect("the API is ready in time");
    let worker = folder.path().join("log/worker-1.log");
    let joined = async {
        while std::fs::metadata(&worker).is_err() {
            assert!(process.is_running());
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(harness::TEST_TIMEOUT, joined).await.expect("the worker logs in time");
    let descendants = Descendants::of(process.id());
    process.signal(Signal::SIGHUP);
    assert_eq!(process.wait().await, Some(0));
    descendants.wait_until_exited().await;

    let size = |name: &str| std::fs::metadata(log.join(name)).map_or(0, |log| log.len());
    assert_eq!(size("api.log.1"), 10_000_000, "the full log is kept");
    assert!((1..1_000_000).contains(&size("api.log")), "another one is begun");
    let ended = std::fs::read_to_string(log.join("postgres.log")).expect("a log");
    assert!(ended.contains("database system is shut down"), "the last lines are in the log: {ended}");
}

#[tokio::test]
async fn a_port_in_use_is_a_clear_error() {
    let folder = folder();
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = taken.local_addr().expect("an address").to_string();

    let data = folder.path().to_str().expect("a plain path");
    let refused = run(&binary("tintype"), &["up", "--data", data, "--listen", &address], &[]).await;

    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains(&address) && refused.stderr.contains("--listen"), "{refused:?}");
}
