//! Man pages and completions.

use std::process::Stdio;

use harness::{TEST_TIMEOUT, binary};
use tokio::io::AsyncReadExt;
use tokio::process::Command;
use tokio::time::timeout;

use super::{output, printed};

/// How each program prints its man page and its completions.
const DOCUMENTS: [(&str, &[&str]); 6] = [
    ("tintype", &["man"]),
    ("tintype", &["completions", "bash"]),
    ("tintype-api", &["--print-man"]),
    ("tintype-api", &["--print-completions", "bash"]),
    ("tintype-worker", &["--print-man"]),
    ("tintype-worker", &["--print-completions", "bash"]),
];

#[tokio::test]
async fn every_program_documents_all_of_its_flags_in_its_man_page_and_its_completions() {
    for (program, args) in DOCUMENTS {
        let help = printed(&output(Command::new(binary(program)).arg("--help").env_clear()).await);
        let document = printed(&output(Command::new(binary(program)).args(args).env_clear()).await).replace('\\', "");
        let flags: Vec<&str> =
            help.split_whitespace().filter(|word| word.starts_with("--") && word.len() > 2).collect();
        assert!(flags.len() >= 3, "{help}");
        for flag in flags {
            let flag = flag.trim_end_matches(|end: char| !end.is_ascii_lowercase());
            assert!(document.contains(flag), "{program} {args:?} does not contain {flag}");
        }
    }
}

#[tokio::test]
async fn a_man_page_says_nothing_of_the_machine_that_printed_it() {
    for (program, args) in DOCUMENTS {
        let command = || {
            let mut command = Command::new(binary(program));
            command.args(args).env_clear();
            command
        };
        let plain = output(&mut command()).await;
        let set = [
            ("DATABASE_URL", "postgres://user:canary@host/db"),
            ("TINTYPE_LISTEN", "192.0.2.7:9"),
            ("TINTYPE_SLOTS", "77"),
        ];
        let elsewhere = output(command().envs(set)).await;

        assert!(plain.status.success() && plain.stderr.is_empty(), "{}", printed(&plain));
        assert_eq!(printed(&plain), printed(&elsewhere), "{program} {args:?}");
    }
}

#[tokio::test]
async fn a_reader_that_goes_away_ends_a_program_that_prints_a_document_quietly() {
    for (program, args) in DOCUMENTS {
        let mut command = Command::new(binary(program));
        command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().expect("it starts");
        drop(child.stdout.take());
        let mut stderr = String::new();
        let reading = child.stderr.as_mut().expect("a pipe").read_to_string(&mut stderr);
        timeout(TEST_TIMEOUT, reading).await.expect("it ends in time").expect("text");
        let status = timeout(TEST_TIMEOUT, child.wait()).await.expect("it ends in time").expect("a status");

        assert!(status.success() && stderr.is_empty(), "{program} {args:?}: {status} {stderr}");
    }
}

#[tokio::test]
async fn a_page_for_each_command_is_written_into_a_directory() {
    let directory = tempfile::tempdir().expect("a directory");
    let written = output(Command::new(binary("tintype")).arg("man").arg(directory.path())).await;
    assert!(written.status.success(), "{}", printed(&written));
    for page in ["tintype.1", "tintype-migrate.1", "tintype-key-rotate.1"] {
        assert!(directory.path().join(page).exists(), "{page}");
    }

    let missing = output(Command::new(binary("tintype")).args(["man", "/nonexistent/man1"])).await;
    assert!(!missing.status.success() && printed(&missing).contains("/nonexistent/man1"), "{}", printed(&missing));
}
