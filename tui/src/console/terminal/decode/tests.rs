use std::time::Duration;

use super::{Decoder, Event, Response};
use crate::console::core::input::{Code, Input, Key, Mouse};
use crate::console::theme::Background;

const HOLD: Duration = Duration::from_millis(50);

#[expect(clippy::unnecessary_wraps, reason = "a sequence may mean nothing")]
fn press(code: Code) -> Option<Event> {
    Some(Event::Input(Input::Key(Key::of(code))))
}

#[expect(clippy::unnecessary_wraps, reason = "a sequence may mean nothing")]
fn with(code: Code, ctrl: bool, alt: bool) -> Option<Event> {
    Some(Event::Input(Input::Key(Key { code, ctrl, alt })))
}

/// Sequences, and what each means, if anything.
fn known() -> Vec<(Vec<u8>, Option<Event>)> {
    let text: Vec<(&str, Option<Event>)> = vec![
        ("\x1b[A", press(Code::Up)),
        ("\x1b[B", press(Code::Down)),
        ("\x1b[C", press(Code::Right)),
        ("\x1b[D", press(Code::Left)),
        ("\x1bOA", press(Code::Up)),
        ("\x1bOD", press(Code::Left)),
        ("\x1b[1;5C", with(Code::Right, true, false)),
        ("\x1b[1;3D", with(Code::Left, false, true)),
        ("\x1b[1;2A", press(Code::Up)),
        ("\x1b[H", press(Code::Home)),
        ("\x1b[F", press(Code::End)),
        ("\x1bOH", press(Code::Home)),
        ("\x1b[1~", press(Code::Home)),
        ("\x1b[2~", press(Code::Insert)),
        ("\x1b[3~", press(Code::Delete)),
        ("\x1b[4~", press(Code::End)),
        ("\x1b[5~", press(Code::PageUp)),
        ("\x1b[6~", press(Code::PageDown)),
        ("\x1b[5;5~", with(Code::PageUp, true, false)),
        ("\x1bOP", press(Code::F(1))),
        ("\x1bOS", press(Code::F(4))),
        ("\x1b[1;2P", press(Code::F(1))),
        ("\x1b[11~", press(Code::F(1))),
        ("\x1b[15~", press(Code::F(5))),
        ("\x1b[17~", press(Code::F(6))),
        ("\x1b[21~", press(Code::F(10))),
        ("\x1b[24~", press(Code::F(12))),
        ("\x1b[Z", press(Code::BackTab)),
        ("\x1bOM", press(Code::Enter)),
        ("\x1b[120;5u", with(Code::Char('x'), true, false)),
        ("\x1b[27;5;9~", with(Code::Tab, true, false)),
        ("\x1b[9;2u", press(Code::BackTab)),
        ("\x1b[I", Some(Event::Input(Input::Focus(true)))),
        ("\x1b[O", Some(Event::Input(Input::Focus(false)))),
        ("\x1b[<0;10;5M", Some(Event::Input(Input::Mouse(Mouse::Press, 9, 4)))),
        ("\x1b[<0;10;5m", None),
        ("\x1b[<64;1;1M", Some(Event::Input(Input::Mouse(Mouse::WheelUp, 0, 0)))),
        ("\x1b[<65;1;1M", Some(Event::Input(Input::Mouse(Mouse::WheelDown, 0, 0)))),
        ("\x1b[200~RXKq\r\n2\x1b[201~", Some(Event::Input(Input::Paste("RXKq\n2".to_owned())))),
        ("\x1b]11;rgb:ffff/ffff/ffff\x1b\\", Some(Event::Response(Response::Background(Background::Light)))),
        ("\x1b]11;rgb:0000/0000/0000\x07", Some(Event::Response(Response::Background(Background::Dark)))),
        ("\x1b[6;20;10t", Some(Event::Response(Response::CellSize(10, 20)))),
        ("\x1b[?62;4;22c", Some(Event::Response(Response::Attributes { has_sixels: true }))),
        ("\x1b_Gi=31;OK\x1b\\", Some(Event::Response(Response::Graphics(true)))),
        ("\x1b_Gi=31;ENOTSUP:X\x1b\\", Some(Event::Response(Response::Graphics(false)))),
        // These mean nothing here, and must not become keys.
        ("\x1b[[A", None),
        ("\x1b[25;80R", None),
        ("\x1b[>0;276;0c", None),
        ("\x1b[?2026;2$y", None),
        ("\x1b[57441;2:3X", None),
        ("\x1b[99~", None),
        ("\x1bOj", None),
        ("\x1b[M RX", None),
        ("\x1b[?997;1n", None),
        ("\x1bP1$r0 q\x1b\\", None),
        ("\x1bP>|XTerm(390)\x1b\\", None),
        ("\x1b]10;rgb:RRRR/XXXX/KKKK\x07", None),
        ("\x1b]52;c;UlhL\x07", None),
    ];
    text.into_iter().map(|(text, event)| (text.as_bytes().to_vec(), event)).collect()
}

fn is_letter(event: &Event) -> bool {
    matches!(event, Event::Input(Input::Key(Key { code: Code::Char(_), ctrl: false, .. })))
}

/// Decodes pieces with a pause between each two.
fn decode(pieces: &[&[u8]], pause: Duration) -> Vec<Event> {
    let (mut decoder, mut now, mut events) = (Decoder::new(HOLD), Duration::ZERO, Vec::new());
    decoder.expect_response();
    for piece in pieces {
        events.extend(decoder.feed(piece, now));
        now += pause;
    }
    // Whatever was read must not take the key that follows a moment later.
    now += Duration::from_secs(2);
    events.extend(decoder.tick(now));
    events
}

#[test]
fn a_sequence_means_the_same_however_it_is_split() {
    for (sequence, event) in known() {
        let expected: Vec<Event> = event.into_iter().collect();
        assert_eq!(decode(&[&sequence], Duration::ZERO), expected, "{:?}", String::from_utf8_lossy(&sequence));
        for at in 1..sequence.len() {
            let (head, tail) = sequence.split_at(at);
            assert_eq!(decode(&[head, tail], HOLD / 2), expected, "{head:?} {tail:?}");
        }
        let bytes: Vec<&[u8]> = sequence.chunks(1).collect();
        assert_eq!(decode(&bytes, Duration::from_millis(1)), expected, "{sequence:?}");
    }
}

#[test]
fn no_split_makes_a_letter_of_a_sequence() {
    for (sequence, _) in known() {
        for pause in [HOLD.saturating_sub(Duration::from_millis(1)), HOLD, HOLD * 2, HOLD * 15] {
            for at in 1..sequence.len() {
                let (head, tail) = sequence.split_at(at);
                let events = decode(&[head, tail], pause);
                assert!(!events.iter().any(is_letter), "{head:?} {tail:?} {pause:?}: {events:?}");
            }
        }
    }
}

#[test]
fn the_key_behind_a_sequence_is_a_key() {
    for (sequence, event) in known() {
        let mut decoder = Decoder::new(HOLD);
        let mut events = decoder.feed(&sequence, Duration::ZERO);
        events.extend(decoder.feed(b"j", Duration::from_millis(1)));
        let expected: Vec<Event> = event.into_iter().chain(press(Code::Char('j'))).collect();
        assert_eq!(events, expected, "{:?}", String::from_utf8_lossy(&sequence));
    }
}

#[test]
fn esc_alone_is_a_key_after_a_while() {
    let mut decoder = Decoder::new(HOLD);
    assert_eq!(decoder.feed(b"\x1b", Duration::ZERO), []);
    assert_eq!(decoder.deadline(), Some(HOLD));
    assert_eq!(decoder.tick(HOLD / 2), []);
    assert_eq!(decoder.tick(HOLD), [press(Code::Escape).unwrap()]);
    assert_eq!(decoder.deadline(), None);
    assert_eq!(decoder.feed(b"[", HOLD + Duration::from_secs(1)), [press(Code::Char('[')).unwrap()]);
}

#[test]
fn esc_and_a_letter_at_once_is_alt_and_the_letter() {
    for (bytes, event) in [
        (&b"\x1bR"[..], with(Code::Char('R'), false, true)),
        (b"\x1b\xc3\xa9", with(Code::Char('é'), false, true)),
        (b"\x1b\r", with(Code::Enter, false, true)),
    ] {
        assert_eq!(decode(&[bytes], Duration::ZERO), [event.unwrap()], "{bytes:?}");
    }
    let twice = [press(Code::Escape).unwrap(), press(Code::Escape).unwrap()];
    assert_eq!(decode(&[b"\x1b\x1b"], Duration::ZERO), twice);
}

#[test]
fn characters_may_be_split_anywhere_and_invalid_bytes_are_dropped() {
    let text = "aé→😀";
    for at in 1..text.len() {
        let (head, tail) = text.as_bytes().split_at(at);
        let expected: Vec<Event> = text.chars().filter_map(|c| press(Code::Char(c))).collect();
        assert_eq!(decode(&[head, tail], HOLD), expected, "{at}");
    }
    assert_eq!(decode(&[b"\xc3j\xff\x80k"], HOLD), [press(Code::Char('j')).unwrap(), press(Code::Char('k')).unwrap()]);
}

#[test]
fn ctrl_c_gets_through_everything_that_has_no_end() {
    for start in ["\x1b[200~pasted", "\x1b]11;", "\x1b[12", "\x1bO", "\x1b", "\x1bP", "é"] {
        let bytes = [start.as_bytes(), b"\x03"].concat();
        let Some(Event::Input(Input::Key(key))) = decode(&[&bytes], Duration::ZERO).pop() else {
            panic!("no key after {start:?}")
        };
        assert_eq!((key.code, key.ctrl), (Code::Char('c'), true), "{start:?}");
    }
}

#[test]
fn a_string_without_an_end_does_not_take_the_keys_for_ever() {
    let mut decoder = Decoder::new(HOLD);
    assert_eq!(decoder.feed(b"\x1bP", Duration::ZERO), []);
    assert_eq!(decoder.feed(b"j", Duration::from_secs(2)), [press(Code::Char('j')).unwrap()]);
}

#[test]
fn what_is_pasted_is_cut_and_its_end_is_found() {
    let text = "x".repeat((1 << 20) + 50);
    let bytes = format!("\x1b[200~{text}\x1b[201~j");
    let events = decode(&[bytes.as_bytes()], Duration::ZERO);
    assert!(matches!(&events[0], Event::Input(Input::Paste(pasted)) if pasted.len() == 1 << 20), "{}", events.len());
    assert_eq!(events[1..], [press(Code::Char('j')).unwrap()]);
}

#[test]
fn no_bytes_make_the_decoder_panic() {
    let mut seed = 1_u32;
    let mut decoder = Decoder::new(HOLD);
    for step in 0..200_000 {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let alphabet = b"\x1b[O]P_?<;0129~MmAutc\x07\\\xc3\xa9\x03Rj";
        let byte = alphabet[(seed >> 16) as usize % alphabet.len()];
        decoder.feed(&[byte], Duration::from_millis(step));
    }
}
