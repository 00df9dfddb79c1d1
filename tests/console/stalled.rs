//! Terminals that do not read.

use harness::{Pty, binary, exit_code, with_service};
use nix::sys::signal::Signal;

use super::exits::NO_DATABASE;

fn open(database_url: &str) -> Pty {
    let binary = binary("tintype");
    let program = [binary.to_str().expect("a plain path")];
    Pty::open(&program, (80, 24), &[("DATABASE_URL", database_url)])
}

#[tokio::test]
async fn a_terminal_that_does_not_read_does_not_keep_the_console_from_ending() {
    let modes = Pty::open(&["true"], (80, 24), &[]).modes();
    for end in ["q", "\x03", ""] {
        let mut pty = open(NO_DATABASE);
        pty.wait_for_text("NO DATABASE").await;
        pty.stall();

        // Everything is drawn again, and cannot be shown.
        pty.send("\x0c");
        match end {
            "" => pty.signal(Signal::SIGTERM),
            key => pty.send(key),
        }

        assert_eq!(exit_code(pty.wait_without_reading().await), 0, "{end:?}");
        assert_eq!(pty.modes(), modes, "{end:?}");
    }
}

#[tokio::test]
async fn a_terminal_that_reads_again_shows_the_present_and_not_what_it_missed() {
    with_service(async |service| {
        let mut pty = open(&service.database_url);
        pty.wait_for_text("link").await;
        pty.stall();

        pty.send("2");
        pty.send("7");
        let key = service.account("ada", 30).await;
        service.submit(&key, "screenshot", serde_json::json!({"html": "<p>"})).await;
        pty.send("1");
        let sent = pty.bytes.len();
        pty.resume();

        pty.wait_for(|screen| screen.contents().to_lowercase().contains("queued").then_some(())).await;
        assert!(pty.bytes.len() - sent < 40_000, "frames were not queued: {} bytes", pty.bytes.len() - sent);
        pty.send("q");
        assert_eq!(exit_code(pty.wait().await), 0);
    })
    .await;
}
