//! Exits: whatever ends the console, the terminal is as it was.

use harness::{Pty, binary, exit_code};
use nix::sys::signal::Signal;

const SIZE: (u16, u16) = (80, 24);

/// A port that nothing listens on.
pub(super) const NO_DATABASE: &str = "postgres://postgres@127.0.0.1:1/none";

/// Opens the console, and returns it with the modes that the terminal had before.
async fn open(env: &[(&str, &str)]) -> (Pty, String) {
    let binary = binary("tintype");
    let modes = Pty::open(&["true"], SIZE, &[]).modes();
    let env = [&[("DATABASE_URL", NO_DATABASE)], env].concat();
    let mut pty = Pty::open(&[binary.to_str().expect("a plain path")], SIZE, &env);
    pty.wait_for_text("NO DATABASE").await;
    assert_ne!(pty.modes(), modes);
    (pty, modes)
}

/// Asserts that nothing is left of the console.
fn assert_restored(pty: &Pty, modes: &str, case: &str) {
    assert_eq!(pty.modes(), modes, "{case}");
    let screen = pty.screen();
    assert!(!screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste(), "{case}");
    for (entered, left) in [("?1049", 'h'), ("?1049", 'l'), ("?2004", 'l'), ("?1004", 'l'), ("?25", 'h')]
        .map(|(mode, last)| (format!("\x1b[{mode}{last}"), last))
    {
        assert!(
            pty.bytes.windows(entered.len()).any(|bytes| bytes == entered.as_bytes()),
            "{case}: {entered:?} {left}"
        );
    }
    let leave = b"\x1b[?1049l";
    let count = pty.bytes.windows(leave.len()).filter(|bytes| bytes == leave).count();
    assert_eq!(count, 1, "{case}: left once");
    let fresh = screen.contents();
    assert!(!fresh.contains("NO DATABASE"), "{case}: {fresh}");
}

#[tokio::test]
async fn keys_end_the_console_and_restore_the_terminal() {
    for key in ["q", "\x03"] {
        let (mut pty, modes) = open(&[]).await;
        pty.send(key);
        assert_eq!(exit_code(pty.wait().await), 0, "{key:?}");
        assert_restored(&pty, &modes, key);
    }
}

#[tokio::test]
async fn signals_end_the_console_and_restore_the_terminal() {
    for signal in [Signal::SIGTERM, Signal::SIGHUP, Signal::SIGINT, Signal::SIGQUIT] {
        let (mut pty, modes) = open(&[]).await;
        pty.signal(signal);
        assert_eq!(exit_code(pty.wait().await), 0, "{signal}");
        assert_restored(&pty, &modes, signal.as_str());
    }
}

#[tokio::test]
async fn a_panic_restores_the_terminal_and_says_where_it_is_described() {
    let state = tempfile::tempdir().expect("a directory");
    let env = [("TINTYPE_TEST_PANIC", "loop"), ("XDG_STATE_HOME", state.path().to_str().expect("a plain path"))];
    let (mut pty, modes) = open(&env).await;

    pty.send("\x0c");

    assert_eq!(exit_code(pty.wait().await), 101);
    assert_restored(&pty, &modes, "panic");
    let file = only_file(&state.path().join("tintype"));
    let text = std::fs::read_to_string(&file).expect("the crash file");
    assert!(text.contains("message: a panic of the loop") && text.contains("location: tui/src"), "{text}");
    let shown: String = pty.text().lines().collect();
    assert!(shown.contains("tintype crashed: a panic of the loop; see ") && shown.contains("crash-"), "{shown}");
}

#[tokio::test]
async fn a_panic_of_a_task_leaves_the_console_as_it_is_and_is_reported() {
    let state = tempfile::tempdir().expect("a directory");
    let env = [("TINTYPE_TEST_PANIC", "task"), ("XDG_STATE_HOME", state.path().to_str().expect("a plain path"))];
    let (mut pty, modes) = open(&env).await;

    pty.send("\x0c");

    pty.wait_for_text("A part of the console crashed").await;
    assert!(pty.screen().alternate_screen());
    only_file(&state.path().join("tintype"));
    pty.send("q");
    assert_eq!(exit_code(pty.wait().await), 0);
    assert_restored(&pty, &modes, "task");
}

fn only_file(directory: &std::path::Path) -> std::path::PathBuf {
    let mut files = std::fs::read_dir(directory).expect("the directory of crash files");
    let file = files.next().expect("a crash file").expect("a crash file").path();
    assert!(files.next().is_none());
    file
}

#[tokio::test]
async fn a_terminal_that_is_closed_ends_the_console_quietly() {
    let (mut pty, _) = open(&[]).await;
    pty.close();
    assert_eq!(exit_code(pty.wait_without_reading().await), 0);
}

#[tokio::test]
async fn a_terminal_that_is_closed_ends_the_console_without_a_signal() {
    let binary = binary("tintype");
    let script = "trap '' HUP; \"$0\"";
    let program = ["sh", "-c", script, binary.to_str().expect("a plain path")];
    let mut pty = Pty::open(&program, SIZE, &[("DATABASE_URL", NO_DATABASE)]);
    pty.wait_for_text("NO DATABASE").await;
    pty.close();
    assert_eq!(exit_code(pty.wait_without_reading().await), 0);
}
