//! Settings that cannot be meant: refused at the start, by name, with the way out.

use std::collections::BTreeSet;
use std::path::Path;

use harness::{Output, binary, run};
use service::environment::VARIABLES;

/// A database that is not there: whatever is refused is refused before it is asked.
const NOWHERE: (&str, &str) = ("DATABASE_URL", "postgres://nobody@localhost:1/none");
const HUGE: &str = "18446744073709551615";

async fn start(program: &str, args: &[&str], env: &[(&str, &str)]) -> Output {
    run(&binary(program), args, &[&[NOWHERE], env].concat()).await
}

#[tokio::test]
async fn a_value_that_is_nonsense_is_refused_by_flag_and_variable() {
    let long_name = "x".repeat(101);
    for (program, flag, variable, values) in [
        (
            "tintype-api",
            "--connections",
            "TINTYPE_API_CONNECTIONS",
            ["0", "-1", "4294967296", HUGE, "x", "1 "].as_slice(),
        ),
        ("tintype-api", "--sync-wait", "TINTYPE_SYNC_WAIT", &["0", "-1", "3601", HUGE, "30s", "1.5", " 30"]),
        (
            "tintype-api",
            "--listen",
            "TINTYPE_LISTEN",
            &["8080", "localhost", ":8080", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:", "::1:8080", "[::1", "::1"],
        ),
        ("tintype-api", "--egress-allow", "TINTYPE_EGRESS_ALLOW", &["x", "10.0.0.0/33:1", "10.0.0.0/8:65536"]),
        ("tintype-api", "--trusted-proxies", "TINTYPE_TRUSTED_PROXIES", &["x", "10.0.0.0/33"]),
        ("tintype-worker", "--slots", "TINTYPE_SLOTS", &["0", "-1", "257", "65538", HUGE, "two", "2 "]),
        ("tintype-worker", "--browser-memory", "TINTYPE_BROWSER_MEMORY", &["0", "-1", "255", "65537", HUGE, "2G"]),
        ("tintype-worker", "--pool-memory", "TINTYPE_POOL_MEMORY", &["-1", "4194305", HUGE, "8G"]),
        ("tintype-worker", "--max-age", "TINTYPE_MAX_AGE", &["0", "-1", "169", HUGE, "1h"]),
        ("tintype-worker", "--grace", "TINTYPE_GRACE", &["-1", "65536", HUGE, "5s"]),
        ("tintype-worker", "--resolver", "TINTYPE_RESOLVER", &["x", "1.1.1.1:65536", "1.1.1"]),
        ("tintype-worker", "--worker-name", "TINTYPE_WORKER_NAME", &["a\nb", "\u{1b}[2J", &long_name]),
        ("tintype-worker", "--egress-allow", "TINTYPE_EGRESS_ALLOW", &["x"]),
        ("tintype-worker", "--require-netns", "TINTYPE_REQUIRE_NETNS", &["maybe", "2"]),
        ("tintype-worker", "--no-netns", "TINTYPE_NO_NETNS", &["maybe"]),
        ("tintype-worker", "--unsafe-no-sandbox", "TINTYPE_UNSAFE_NO_SANDBOX", &["maybe"]),
    ] {
        for value in values {
            let refused = start(program, &[], &[(variable, value)]).await;
            assert_eq!(refused.code, Some(2), "{variable}={value:?} {refused:?}");
            assert!(refused.stderr.contains(flag), "{variable}={value:?} {refused:?}");
            assert!(refused.stderr.contains(&format!("environment variable {variable}")), "{value:?} {refused:?}");
        }
        if values[0] != "maybe" {
            let argument = format!("{flag}={}", values[0]);
            let refused = start(program, &[&argument], &[]).await;
            assert_eq!(refused.code, Some(2), "{argument} {refused:?}");
            assert!(!refused.stderr.contains("environment"), "{refused:?}");
        }
    }
}

#[tokio::test]
async fn a_value_that_this_machine_cannot_fulfil_is_refused_with_the_way_out() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let taken = taken.local_addr().expect("an address").to_string();
    let directory = tempfile::tempdir().expect("a directory");
    let empty = directory.path().join("empty");
    std::fs::write(&empty, "").expect("a file");
    let (directory, empty) = (directory.path().to_str().expect("a path"), empty.to_str().expect("a path"));
    for (program, variable, value, way_out) in [
        ("tintype-api", "TINTYPE_LISTEN", taken.as_str(), "choose another port"),
        ("tintype-api", "TINTYPE_LISTEN", "192.0.2.1:80", "0.0.0.0 stands for all"),
        ("tintype-api", "TINTYPE_LISTEN", "nowhere.invalid:80", "choose another address"),
        ("tintype-api", "TINTYPE_SECRET_KEY", "hunter2", "tintype secret-key"),
        ("tintype-api", "TINTYPE_SECRET_KEY_FILE", directory, "TINTYPE_SECRET_KEY_FILE"),
        ("tintype-api", "TINTYPE_SECRET_KEY_FILE", "/nonexistent", "TINTYPE_SECRET_KEY_FILE"),
        ("tintype-api", "TINTYPE_SECRET_KEY_FILE", empty, "tintype secret-key"),
        ("tintype-worker", "TINTYPE_SECRET_KEY", "hunter2", "tintype secret-key"),
        ("tintype-worker", "TINTYPE_SECRET_KEY_FILE", directory, "TINTYPE_SECRET_KEY_FILE"),
        ("tintype-worker", "TINTYPE_CHROMIUM", directory, "TINTYPE_CHROMIUM"),
        ("tintype-worker", "TINTYPE_CHROMIUM", "/nonexistent", "TINTYPE_CHROMIUM"),
        ("tintype-worker", "TINTYPE_CHROMIUM", empty, "TINTYPE_CHROMIUM"),
        ("tintype-worker", "TMPDIR", "/proc", "TMPDIR, which must be writable"),
        ("tintype-worker", "TINTYPE_FONTS", "/nonexistent", "TINTYPE_FONTS"),
        ("tintype-worker", "TINTYPE_FONTS", empty, "TINTYPE_FONTS"),
        ("tintype-worker", "TINTYPE_LISTS", "/nonexistent", "/nonexistent"),
        ("tintype-worker", "TINTYPE_LISTS", empty, empty),
        ("tintype", "TINTYPE_DATA", empty, "--data"),
    ] {
        let args: &[&str] = if program == "tintype" { &["up"] } else { &[] };
        let listen = ("TINTYPE_LISTEN", "127.0.0.1:0");
        let refused = start(program, args, &[listen, (variable, value)]).await;

        assert_eq!(refused.code, Some(1), "{variable}={value} {refused:?}");
        assert!(refused.stderr.contains(way_out), "{variable}={value} {refused:?}");
        assert!(!refused.stderr.contains("panicked") && !refused.stderr.contains("hunter2"), "{refused:?}");
    }
}

#[tokio::test]
async fn a_variable_without_a_value_counts_as_not_set() {
    for nothing in ["", "  "] {
        let mut env: Vec<(&str, &str)> = VARIABLES.iter().map(|name| (*name, nothing)).collect();
        env.push(("RUST_LOG", ""));

        let api = start("tintype-api", &["--print-openapi"], &env).await;
        let tool = start("tintype", &["secret-key"], &env).await;
        env.push(("TINTYPE_CHROMIUM", "/nonexistent"));
        let worker = start("tintype-worker", &[], &env).await;

        assert_eq!((api.code, tool.code, worker.code), (Some(0), Some(0), Some(1)), "{api:?} {tool:?} {worker:?}");
        assert!(worker.stderr.contains("TINTYPE_CHROMIUM"), "{worker:?}");
    }
}

#[tokio::test]
async fn surroundings_that_are_odd_do_no_harm() {
    let env = [("LC_ALL", "xx_YY.nonsense"), ("LANG", "\u{1}"), ("TZ", "Nowhere/Land"), ("HOME", "/nonexistent")];
    for (program, args) in
        [("tintype", ["secret-key"].as_slice()), ("tintype-api", &["--print-openapi"]), ("tintype-worker", &["doctor"])]
    {
        let odd = start(program, args, &env).await;
        assert_eq!(odd.code, Some(0), "{program} {odd:?}");
    }
}

#[tokio::test]
async fn a_misspelled_variable_is_named_with_the_one_that_was_meant() {
    for (program, name, value, expected) in [
        ("tintype-api", "TINTYPE_SYNC_WAITS", "1", "did you mean TINTYPE_SYNC_WAIT?"),
        ("tintype-worker", "TINTYPE_SLOT", "1", "did you mean TINTYPE_SLOTS?"),
        ("tintype", "TINTYPE_DATAS", "1", "did you mean TINTYPE_DATA?"),
        ("tintype-api", "RUST_LOG", "wran", "RUST_LOG: `wran` is not a level"),
        ("tintype-worker", "RUST_LOG", "sqlx=loud", "RUST_LOG is not valid"),
    ] {
        let stops = [("TINTYPE_LISTEN", "192.0.2.1:80"), ("TINTYPE_CHROMIUM", "/nonexistent")];
        let args: &[&str] = if program == "tintype" { &["up", "--data", "/dev/null"] } else { &[] };
        let output = start(program, args, &[&stops[..], &[(name, value)]].concat()).await;

        assert_eq!(output.code, Some(1), "{output:?}");
        assert!(output.stderr.contains(expected), "{name}={value} {output:?}");
        assert_eq!(
            output.stderr.matches("did you mean").count(),
            expected.matches("did you mean").count(),
            "{output:?}"
        );
    }
}

#[tokio::test]
async fn every_variable_of_the_help_is_known_to_every_program() {
    let tool = help("tintype", &[]).await;
    let (_, commands) = tool.split_once("Commands:").expect("commands");
    let (commands, _) = commands.split_once("\n\n").expect("an end");
    let mut text = [tool.as_str(), &help("tintype-api", &[]).await, &help("tintype-worker", &[]).await].concat();
    for command in commands.lines().filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help") {
        text += &help("tintype", &[command]).await;
    }

    let documented: BTreeSet<&str> = text
        .split("[env: ")
        .skip(1)
        .filter_map(|rest| rest.split(['=', ']']).next())
        .filter(|name| name.starts_with("TINTYPE_"))
        .collect();
    assert_eq!(documented, VARIABLES.into_iter().collect::<BTreeSet<_>>());
}

async fn help(program: &str, command: &[&str]) -> String {
    let output = run(Path::new(&binary(program)), &[command, &["--help"]].concat(), &[]).await;
    assert_eq!(output.code, Some(0), "{command:?} {output:?}");
    output.stdout
}
