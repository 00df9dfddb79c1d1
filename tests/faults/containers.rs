//! Containers: the duties of their first process, and the limits that they are given.

use std::path::Path;

use harness::processes::{ProcessTree, kill_process, status};
use harness::sandboxed::wait_for_processes;
use harness::{Process, Service, binary, run, skip, with_service};
use nix::sys::signal::Signal;
use serde_json::json;

/// A program that becomes the first process of a container.
const CONTAINER: [&str; 4] = ["--pid", "--fork", "--kill-child", "--mount-proc"];

/// Starts a worker through another program, which execs it.
async fn worker_through(service: &Service, slots: u16, program: &str, args: &[&str]) -> Process {
    let worker = binary("tintype-worker");
    let args = [args, &[worker.to_str().expect("a plain path")]].concat();
    service.worker_started_by(slots, |env| Process::start(Path::new(program), &args, env)).await
}

/// Whether there can be containers here.
async fn has_pid_namespaces() -> bool {
    let probe = run(Path::new("unshare"), &[&CONTAINER[..], &["true"]].concat(), &[]).await;
    if probe.code != Some(0) {
        skip(&format!("process namespaces are not allowed here: {}", probe.stderr));
    }
    probe.code == Some(0)
}

#[tokio::test]
async fn a_worker_that_is_the_first_process_leaves_no_zombies_and_stops_on_sigterm() {
    if !has_pid_namespaces().await {
        return;
    }
    with_service(async |service| {
        let key = service.account("ada", 10).await;
        let mut container = worker_through(service, 1, "unshare", &CONTAINER).await;
        for kind in ["screenshot", "pdf", "screenshot"] {
            let job = service.submit(&key, kind, json!({"html": "<p>"})).await;
            assert_eq!(service.wait_for_job(&key, &job).await["status"], "completed");
            let browsers = wait_for_processes(&container, |tree| Some(tree.browsers()).filter(|all| !all.is_empty()));
            let browsers = browsers.await;
            for browser in &browsers {
                kill_process(*browser);
            }
            // Replaced by others, and reaped with all that they had started.
            wait_for_processes(&container, |tree| {
                let all = tree.pids();
                let gone = browsers.iter().all(|browser| !all.contains(browser));
                (gone && !tree.browsers().is_empty()).then_some(())
            })
            .await;
        }

        let is_zombie =
            |pid: &i32| Path::new(&format!("/proc/{pid}")).exists() && status(*pid, "State").starts_with('Z');
        wait_for_processes(&container, |tree| (!tree.pids().iter().any(is_zombie)).then_some(())).await;
        let first = wait_for_processes(&container, ProcessTree::first).await;
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(first), Signal::SIGTERM).expect("it runs");
        assert_eq!(container.wait().await, Some(0));
        assert_eq!(service.scalar("select count(*) from event where kind = 'worker.left'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn the_exit_code_and_the_arguments_of_a_first_process_are_those_of_the_program() {
    if !has_pid_namespaces().await {
        return;
    }
    for (program, args, env, code) in [
        ("tintype-worker", ["--version"].as_slice(), [("A", "b")], 0),
        ("tintype-worker", &["--slots=0"], [("A", "b")], 2),
        ("tintype-api", &["--listen", "nonsense"], [("A", "b")], 2),
        ("tintype", &["audit"], [("DATABASE_URL", "postgres://nobody@localhost:1/none")], 2),
    ] {
        let program = binary(program);
        let args = [&CONTAINER[..], &[program.to_str().expect("a plain path")], args].concat();
        let output = run(Path::new("unshare"), &args, &env).await;

        assert_eq!(output.code, Some(code), "{args:?} {output:?}");
    }
}

#[tokio::test]
async fn a_worker_with_low_limits_names_them_and_renders_with_all_its_slots() {
    with_service(async |service| {
        let key = service.account("ada", 10).await;
        let log = tempfile::NamedTempFile::new().expect("a file");
        let worker = binary("tintype-worker");
        let limited = ["--nofile=512:2000", "--fsize=100000000:100000000", worker.to_str().expect("a plain path")];
        let mut worker = service
            .worker_started_by(2, |env| {
                let stderr = log.reopen().expect("a file");
                Process::start_printing_to((std::process::Stdio::null(), stderr), Path::new("prlimit"), &limited, env)
            })
            .await;

        let (one, other) = tokio::join!(
            service.screenshot(&key, json!({"html": "<p>"})),
            service.screenshot(&key, json!({"html": "<p>"}))
        );
        assert_eq!((&one["status"], &other["status"]), (&json!("completed"), &json!("completed")), "{one} {other}");
        assert_eq!(service.scalar("select slots::bigint from worker").await, 2);
        worker.signal(Signal::SIGHUP);
        assert_eq!(worker.wait().await, Some(0), "SIGHUP stops it as SIGTERM does");

        let log = std::fs::read_to_string(log.path()).expect("text");
        let warnings: Vec<&str> = log.lines().filter(|line| line.contains("limits are low")).collect();
        assert_eq!(warnings.len(), 1, "{log}");
        assert!(warnings[0].contains("2000 open files instead of 3072"), "{log}");
    })
    .await;
}

#[tokio::test]
async fn a_closed_terminal_stops_a_worker_unless_it_was_started_to_ignore_that() {
    with_service(async |service| {
        let key = service.account("ada", 10).await;
        let mut worker = worker_through(service, 1, "/bin/sh", &["-c", r#"exec "$0""#]).await;
        worker.signal(Signal::SIGHUP);
        assert_eq!(worker.wait().await, Some(0));

        let mut worker = worker_through(service, 1, "/bin/sh", &["-c", r#"trap '' HUP; exec "$0""#]).await;
        worker.signal(Signal::SIGHUP);
        assert_eq!(service.screenshot(&key, json!({"html": "<p>"})).await["status"], "completed");
        worker.signal(Signal::SIGTERM);
        assert_eq!(worker.wait().await, Some(0));
    })
    .await;
}
