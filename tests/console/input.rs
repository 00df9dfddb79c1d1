//! Bytes that terminals send, in pieces.

use harness::{Pty, binary, exit_code};

use super::exits::NO_DATABASE;

async fn open(size: (u16, u16)) -> Pty {
    let binary = binary("tintype");
    let mut pty = Pty::open(&[binary.to_str().expect("a plain path")], size, &[("DATABASE_URL", NO_DATABASE)]);
    pty.wait_for_text("NO DATABASE").await;
    pty
}

/// Whether a line of the screen contains a text.
fn shows_screen(screen: &vt100::Screen, name: &str) -> bool {
    screen.contents().lines().any(|line| line.contains(name))
}

#[tokio::test]
async fn sequences_and_pasted_text_never_act_as_keys() {
    let mut pty = open((120, 36)).await;
    for pieces in [
        &["\x1b[1;99", "q"][..],
        &["\x1b[200~qqq", "q", "\x1b[20", "1~"],
        &["\x1b", "[1;9q"],
        &["\x1bO", "q"],
        &["\x1b]10;rgb:q", "q\x07"],
        &["\x1b[<35;5", ";5M"],
    ] {
        for piece in pieces {
            pty.send(piece);
        }
    }
    pty.send("2");
    pty.wait_for_text("▌2 Jobs▐").await;
    pty.send("\x03");
    assert_eq!(exit_code(pty.wait().await), 0);
}

#[tokio::test]
async fn responses_of_the_terminal_are_no_keys_and_set_the_theme() {
    let mut pty = open((80, 24)).await;
    let asked = |bytes: &[u8]| bytes.windows(6).any(|window| window == b"\x1b]11;?");
    assert!(asked(&pty.bytes), "the background is asked for");
    let styles = |screen: &vt100::Screen| screen.contents_formatted();
    let before = styles(pty.screen());

    pty.send("\x1b]11;rgb:ffff/ffff/ffff\x1b\\\x1b[6;20;10t\x1b_Gi=31;OK\x1b\\\x1b[?62;4c");

    pty.wait_for(|screen| (styles(screen) != before && shows_screen(screen, "NO DATABASE")).then_some(())).await;
    pty.send("q");
    assert_eq!(exit_code(pty.wait().await), 0);
}

#[tokio::test]
async fn a_terminal_that_is_dumb_is_asked_nothing() {
    let binary = binary("tintype");
    let env = [("DATABASE_URL", NO_DATABASE), ("TERM", "linux")];
    let mut pty = Pty::open(&[binary.to_str().expect("a plain path")], (80, 24), &env);
    pty.wait_for_text("NO DATABASE").await;
    pty.send("q");
    assert_eq!(exit_code(pty.wait().await), 0);
    assert!(!pty.bytes.windows(4).any(|bytes| bytes == b"\x1b]11"), "asked");
}

#[tokio::test]
async fn any_size_of_the_terminal_is_drawn() {
    let mut pty = open((80, 24)).await;
    let mut seed = 7_u32;
    for _ in 0..200 {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let size = |shift: u32, most: u32| u16::try_from(1 + (seed >> shift) % most).expect("a small number");
        pty.resize((size(8, 220), size(16, 70)));
    }
    pty.resize((100, 30));
    pty.wait_for(|screen| (screen.contents().lines().count() >= 20).then_some(())).await;
    pty.wait_for_text("NO DATABASE").await;
    pty.send("q");
    assert_eq!(exit_code(pty.wait().await), 0);
}
