//! Ctrl-Z and `fg`.

use harness::{Pty, binary, exit_code};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::exits::NO_DATABASE;

/// A shell that runs the console as a job, and waits for a line before it continues it.
const SHELL: &str = r#"
    set -m
    before=$(stty -g)
    "$0"
    echo "stopped with $?"
    [ "$before" = "$(stty -g)" ] && echo "modes restored"
    echo "job $(jobs -p)"
    read -r line
    echo "typed $line"
    fg >/dev/null
    echo "ended with $?"
    [ "$before" = "$(stty -g)" ] && echo "modes restored again"
"#;

fn open() -> Pty {
    let binary = binary("tintype");
    let program = ["bash", "-c", SHELL, binary.to_str().expect("a plain path")];
    Pty::open(&program, (80, 24), &[("DATABASE_URL", NO_DATABASE)])
}

/// Waits until the shell has the terminal, and returns the console's process.
async fn stopped(pty: &mut Pty) -> Pid {
    let job = pty.wait_for(|screen| {
        let text = screen.contents();
        text.contains("modes restored").then_some(())?;
        let (_, job) = text.split_once("job ")?;
        job.split_whitespace().next()?.parse().ok()
    });
    let job = Pid::from_raw(job.await);
    let screen = pty.screen();
    assert!(!screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste());
    assert!(screen.contents().contains("stopped with 147"), "{}", screen.contents());
    job
}

#[tokio::test]
async fn the_console_is_suspended_by_ctrl_z_and_drawn_again_by_fg() {
    let mut pty = open();
    pty.wait_for_text("NO DATABASE").await;

    pty.send("\x1a");
    stopped(&mut pty).await;
    pty.send("a line\n");

    pty.wait_for(|screen| (screen.alternate_screen() && screen.contents().contains("NO DATABASE")).then_some(())).await;
    pty.send("q");
    pty.wait().await;
    let text = pty.text();
    assert!(text.contains("typed a line") && text.contains("ended with 0"), "{text}");
    assert!(text.contains("modes restored again"), "{text}");
}

#[tokio::test]
async fn a_signal_suspends_the_console_and_it_ends_well_while_it_is() {
    let mut pty = open();
    pty.wait_for_text("NO DATABASE").await;
    // The shell's only child.
    let children = format!("/proc/{0}/task/{0}/children", pty.pid());
    let children = std::fs::read_to_string(children).expect("children of the shell");
    let console = Pid::from_raw(children.split_whitespace().next().expect("the console").parse().expect("a process"));

    kill(console, Signal::SIGTSTP).expect("the console runs");
    let job = stopped(&mut pty).await;
    assert_eq!(job, console);
    kill(job, Signal::SIGTERM).expect("the console exists");
    pty.send("x\n");

    assert_eq!(exit_code(pty.wait().await), 0);
    let text = pty.text();
    assert!(text.contains("ended with 0") && text.contains("modes restored again"), "{text}");
}

#[tokio::test]
async fn ctrl_z_does_nothing_where_no_shell_could_continue_the_console() {
    let binary = binary("tintype");
    let mut pty = Pty::open(&[binary.to_str().expect("a plain path")], (80, 24), &[("DATABASE_URL", NO_DATABASE)]);
    pty.wait_for_text("NO DATABASE").await;

    pty.send("\x1a");

    pty.wait_for_text("there is no shell to return to").await;
    pty.send("q");
    assert_eq!(exit_code(pty.wait().await), 0);
}
