//! Standard output and standard error that cannot be written: a full disk, a reader that has
//! gone or does not read, descriptors and terminals that are closed.

use std::fs::File;
use std::io::{BufRead, BufReader, pipe};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use harness::{Descendants, Process, Service, TEST_TIMEOUT, binary, with_service};
use nix::sys::signal::Signal;
use serde_json::json;
use tokio::sync::oneshot;
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::{sleep, timeout};

/// What becomes of what is printed.
#[derive(Debug, Clone, Copy)]
enum Output {
    /// The disk is full.
    Full,
    /// The reader has closed the pipe.
    Gone,
    /// The descriptor is closed, so that the next file or socket would take its number.
    Closed,
}

const OUTPUTS: [Output; 3] = [Output::Full, Output::Gone, Output::Closed];

/// Starts a program that cannot print.
fn start(output: Output, program: &Path, args: &[&str], env: &[(&str, &str)]) -> Process {
    let full = || File::options().write(true).open("/dev/full").expect("Linux has /dev/full");
    match output {
        Output::Full => Process::start_printing_to((full(), full()), program, args, env),
        Output::Gone => {
            let ((_, stdout), (_, stderr)) = (pipe().expect("a pipe"), pipe().expect("a pipe"));
            Process::start_printing_to((stdout, stderr), program, args, env)
        }
        Output::Closed => {
            let program = program.to_str().expect("a plain path");
            let args = [&["-c", r#"exec "$0" "$@" <&- >&- 2>&-"#, program], args].concat();
            Process::start(Path::new("/bin/sh"), &args, env)
        }
    }
}

/// Starts an API that listens on a free port, and returns its URL.
fn free_address() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").to_string()
}

/// Waits until a server responds, and returns the status.
async fn status(url: &str) -> u16 {
    let respond = async {
        loop {
            match reqwest::get(url).await {
                Ok(response) => return response.status().as_u16(),
                Err(_) => sleep(Duration::from_millis(20)).await,
            }
        }
    };
    timeout(TEST_TIMEOUT, respond).await.expect("the server responds in time")
}

async fn ends_well(mut process: Process) {
    assert!(process.is_running());
    process.signal(Signal::SIGTERM);
    assert_eq!(process.wait().await, Some(0));
}

/// The environment of an API that logs everything.
fn api_environment<'a>(service: &'a Service, address: &'a str) -> [(&'a str, &'a str); 3] {
    [("DATABASE_URL", &service.database_url), ("TINTYPE_LISTEN", address), ("RUST_LOG", "trace")]
}

#[tokio::test]
async fn an_api_that_cannot_log_serves_on() {
    with_service(async |service| {
        for output in OUTPUTS {
            let address = free_address();
            let api = start(output, &binary("tintype-api"), &[], &api_environment(service, &address));

            for _ in 0..5 {
                assert_eq!(status(&format!("http://{address}/health/ready")).await, 200, "{output:?}");
                assert_eq!(status(&format!("http://{address}/nowhere")).await, 404, "{output:?}");
            }
            ends_well(api).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_worker_that_cannot_log_renders_on() {
    with_service(async |service| {
        let key = service.account("ada", 10).await;
        for output in OUTPUTS {
            let start = |env: &[(&str, &str)]| start(output, &binary("tintype-worker"), &[], env);
            let worker = service.worker_started_by(1, start).await;

            let job = service.screenshot(&key, json!({"html": "<p>"})).await;

            assert_eq!(job["status"], "completed", "{output:?} {job}");
            ends_well(worker).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_reader_that_does_not_read_stalls_no_api_and_gets_the_number_of_dropped_lines_later() {
    with_service(async |service| {
        let address = free_address();
        let (reader, writer) = pipe().expect("a pipe");
        let environment = api_environment(service, &address);
        let mut api = Process::start_printing_to((Stdio::null(), writer), &binary("tintype-api"), &[], &environment);

        let url = format!("http://{address}/health/ready");
        status(&url).await;
        // The path is logged, and there is room for a megabyte.
        let logged = format!("http://{address}/{}", "x".repeat(4000));
        let mut callers = JoinSet::new();
        for _ in 0..8 {
            let url = logged.clone();
            callers.spawn(async move {
                let client = reqwest::Client::builder().pool_max_idle_per_host(0).build().expect("a client");
                for _ in 0..120 {
                    let response = timeout(TEST_TIMEOUT, client.get(&url).send()).await.expect("a response in time");
                    assert_eq!(response.expect("a response").status(), 404);
                }
            });
        }
        callers.join_all().await;
        let (found, is_found) = oneshot::channel();
        let read = spawn_blocking(move || read_until_reported(BufReader::new(reader), found));
        let reported = async {
            status(&logged).await;
            is_found.await.expect("the report is in the log");
        };
        timeout(TEST_TIMEOUT, reported).await.expect("the report is written in time");
        api.signal(Signal::SIGTERM);
        assert_eq!(api.wait().await, Some(0));

        let dropped = read.await.expect("no panic");
        assert!(dropped > 100, "{dropped} lines were dropped");
    })
    .await;
}

/// Reads a log to its end, sends when it has read a report, and returns how many lines were dropped.
fn read_until_reported(log: impl BufRead, found: oneshot::Sender<()>) -> u64 {
    let (mut found, mut dropped) = (Some(found), 0);
    for line in log.lines() {
        let line = line.expect("text");
        let Some((number, _)) = line.split_once(" log lines were dropped") else { continue };
        dropped += number.rsplit(' ').next().and_then(|number| number.parse::<u64>().ok()).expect("a number");
        found.take().map(|found| found.send(()));
    }
    dropped
}

#[tokio::test]
async fn a_command_whose_reader_has_gone_ends_quietly_and_one_on_a_full_disk_fails() {
    with_service(async |service| {
        let env = [("DATABASE_URL", service.database_url.as_str())];
        for (program, args, full) in [
            ("tintype-api", ["--print-openapi"].as_slice(), 1),
            ("tintype-api", &["--help"], 0),
            ("tintype-api", &["--version"], 0),
            ("tintype-api", &["--nonsense"], 2),
            ("tintype-worker", &["--help"], 0),
            ("tintype-worker", &["--slots", "x"], 2),
            ("tintype-worker", &["doctor"], 1),
            ("tintype", &["--help"], 0),
            ("tintype", &["nonsense"], 2),
            ("tintype", &["secret-key"], 1),
            ("tintype", &["overview"], 1),
            ("tintype", &["overview", "--json"], 1),
            ("tintype", &["key", "list", "--json"], 1),
            ("tintype", &["job", "list"], 1),
            ("tintype", &["events"], 1),
            ("tintype", &["retention"], 1),
            ("tintype", &["migrate"], 1),
            ("tintype", &["audit"], 2),
        ] {
            let binary = binary(program);
            let gone = start(Output::Gone, &binary, args, &env).wait().await;
            let on_full_disk = start(Output::Full, &binary, args, &env).wait().await;
            let closed = start(Output::Closed, &binary, args, &env).wait().await;

            let fails_anyway = if full == 2 && args != ["audit"] { 2 } else { 0 };
            assert_eq!((gone, closed), (Some(fails_anyway), Some(fails_anyway)), "{program} {args:?}");
            assert_eq!(on_full_disk, Some(full), "{program} {args:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_console_whose_terminal_is_closed_ends_well_even_if_it_ignores_sighup() {
    with_service(async |service| {
        let program = binary("tintype");
        let program = program.to_str().expect("a plain path");
        let code = tempfile::NamedTempFile::new().expect("a file");
        let ignoring = format!("trap '' HUP; {program}; echo $? >{}", code.path().display());
        for command in [format!("exec {program}"), ignoring] {
            let shell = format!("stty columns 80 rows 24; {command}");
            let args = ["--quiet", "--flush", "--command", &shell, "/dev/null"];
            let env = [("DATABASE_URL", service.database_url.as_str()), ("TERM", "xterm"), ("SHELL", "/bin/sh")];
            let mut terminal = Process::start(Path::new("script"), &args, &env);
            terminal.until_printed("live").await;

            let descendants = Descendants::of(terminal.id());
            assert!(descendants.commands().iter().any(|command| command.contains(program)), "the console runs");
            terminal.signal(Signal::SIGKILL);
            terminal.wait().await;

            descendants.wait_until_exited().await;
        }
        assert_eq!(std::fs::read_to_string(code.path()).expect("text"), "0\n");
    })
    .await;
}
