//! Keys: which bytes and sequences stand for them.

use super::parameters::Parameters;
use crate::console::core::input::{Code, Key};

const ALT: u16 = 2;
const CTRL: u16 = 4;

/// The key of one byte of ASCII.
pub(super) fn control(byte: u8) -> Key {
    match byte {
        b'\r' => Key::of(Code::Enter),
        b'\t' => Key::of(Code::Tab),
        0x08 | 0x7f => Key::of(Code::Backspace),
        0x00 => Key::ctrl(' '),
        0x01..=0x1a => Key::ctrl(char::from(byte - 1 + b'a')),
        0x1b..=0x1f => Key::ctrl(char::from(byte + b'@')),
        _ => Key::of(Code::Char(char::from(byte))),
    }
}

/// The key of `ESC O` and this byte.
pub(super) fn ss3_key(last: u8) -> Option<Key> {
    let code = match last {
        b'M' => Code::Enter,
        b'P'..=b'S' => Code::F(last - b'P' + 1),
        _ => moving(last)?,
    };
    Some(Key::of(code))
}

/// The key of `ESC [`, these parameters and this byte.
pub(super) fn csi_key(parameters: &Parameters, last: u8) -> Option<Key> {
    let code = match last {
        b'~' if parameters.first() == 27 => return character(parameters.get(2), parameters.get(1)),
        b'u' => return character(parameters.first(), parameters.get(1)),
        b'~' => numbered(parameters.first())?,
        b'Z' => Code::BackTab,
        // With `R`, a terminal reports where its cursor is.
        b'P' | b'Q' | b'S' => Code::F(last - b'P' + 1),
        _ => moving(last)?,
    };
    Some(modified(code, parameters.get(1)))
}

fn moving(last: u8) -> Option<Code> {
    Some(match last {
        b'A' => Code::Up,
        b'B' => Code::Down,
        b'C' => Code::Right,
        b'D' => Code::Left,
        b'H' => Code::Home,
        b'F' => Code::End,
        _ => return None,
    })
}

fn numbered(number: u16) -> Option<Code> {
    Some(match number {
        1 | 7 => Code::Home,
        2 => Code::Insert,
        3 => Code::Delete,
        4 | 8 => Code::End,
        5 => Code::PageUp,
        6 => Code::PageDown,
        // There is no F0, and the numbers have gaps.
        11..=15 => Code::F(u8::try_from(number - 10).ok()?),
        17..=21 => Code::F(u8::try_from(number - 11).ok()?),
        23 | 24 => Code::F(u8::try_from(number - 12).ok()?),
        _ => return None,
    })
}

/// A character with modifiers, as terminals send those that no control character stands for.
fn character(code: u16, modifiers: u16) -> Option<Key> {
    let code = match code {
        9 if modifiers.saturating_sub(1) & 1 != 0 => Code::BackTab,
        9 => Code::Tab,
        13 => Code::Enter,
        27 => Code::Escape,
        8 | 127 => Code::Backspace,
        _ => Code::Char(char::from_u32(u32::from(code)).filter(|c| !c.is_control())?),
    };
    Some(modified(code, modifiers))
}

fn modified(code: Code, modifiers: u16) -> Key {
    let bits = modifiers.saturating_sub(1);
    Key { code, ctrl: bits & CTRL != 0, alt: bits & ALT != 0 }
}
