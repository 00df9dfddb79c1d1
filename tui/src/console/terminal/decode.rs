//! Decoding: what the bytes of the terminal mean. Pure: the caller says what time it is.
//!
//! Bytes may arrive in any pieces, with any delay between them. What is not understood is dropped to its end, because
//! a letter that is left over would be a key, and a key may change something. So a lone `ESC` is a key only after a
//! while, and a sequence that goes on after that while is dropped, too.

mod event;
mod keys;
mod parameters;
mod response;
mod state;

use std::time::Duration;

pub(super) use event::Event;
use keys::{control, csi_key, ss3_key};
use parameters::Parameters;
pub(super) use response::Response;
use state::State;

use crate::console::core::input::{Code, Input, Key, Mouse};

/// After an `ESC` that became a key, the rest of a sequence is recognized for this long.
const REST: Duration = Duration::from_secs(1);

/// A string without an end is given up after this long without a byte.
const STRING: Duration = Duration::from_secs(1);

/// The longest sequence that is looked at. The rest of a longer one is dropped.
const MAX_SEQUENCE: usize = 4_096;

/// The longest text that is pasted, in bytes. The rest is dropped.
const MAX_PASTE: usize = 1 << 20;

const ESC: u8 = 0x1b;
const BEL: u8 = 0x07;
const CTRL_C: u8 = 0x03;
const END_OF_PASTE: &[u8] = b"\x1b[201~";

/// Decodes the bytes of one terminal.
#[derive(Debug)]
pub(super) struct Decoder {
    state: State,
    bytes: Vec<u8>,
    /// How long an `ESC` is held.
    hold: Duration,
    /// Whether the terminal was asked something, so that strings are responses.
    expects_response: bool,
    events: Vec<Event>,
}

impl Decoder {
    /// Holds a lone `ESC` for this long.
    pub(super) fn new(hold: Duration) -> Self {
        Self { state: State::default(), bytes: Vec::new(), hold, expects_response: false, events: Vec::new() }
    }

    /// The terminal was asked something: what follows an `ESC` that became a key may be a response.
    pub(super) fn expect_response(&mut self) {
        self.expects_response = true;
    }

    /// Decodes bytes that arrived at this time.
    pub(super) fn feed(&mut self, bytes: &[u8], now: Duration) -> Vec<Event> {
        self.expire(now);
        for byte in bytes {
            self.byte(*byte, now);
        }
        std::mem::take(&mut self.events)
    }

    /// Decodes what has become clear by the passing of time.
    pub(super) fn tick(&mut self, now: Duration) -> Vec<Event> {
        self.expire(now);
        std::mem::take(&mut self.events)
    }

    /// When something becomes clear by the passing of time.
    pub(super) fn deadline(&self) -> Option<Duration> {
        match self.state {
            State::Escape(at) => Some(at),
            _ => None,
        }
    }

    fn expire(&mut self, now: Duration) {
        match self.state {
            State::Escape(at) if at <= now => {
                self.key(Key::of(Code::Escape));
                self.state = State::AfterEscape(at + REST);
                self.expire(now);
            }
            State::AfterEscape(until) | State::String { until, .. } if until <= now => self.ground(),
            _ => {}
        }
    }

    fn byte(&mut self, byte: u8, now: Duration) {
        match self.state {
            State::Ground => self.first(byte, false, now),
            State::Escape(_) => self.escaped(byte, now),
            State::AfterEscape(_) => match byte {
                b'[' => self.state = State::Csi { is_rest: true },
                b'O' => self.state = State::Ss3 { is_rest: true },
                b']' | b'P' | b'_' if self.expects_response => self.escaped(byte, now),
                _ => self.first(byte, false, now),
            },
            State::Skip(left) => self.state = if left > 1 { State::Skip(left - 1) } else { State::Ground },
            State::Paste => self.pasted(byte, now),
            State::Csi { is_rest } => self.csi(byte, is_rest, now),
            State::Ss3 { is_rest } => self.ss3(byte, is_rest, now),
            State::String { escape, .. } => self.string(byte, escape, now),
            State::Utf8 { length, alt } => self.utf8(byte, length, alt, now),
        }
    }

    fn ground(&mut self) {
        self.state = State::Ground;
        self.bytes.clear();
    }

    /// The first byte of something.
    fn first(&mut self, byte: u8, alt: bool, now: Duration) {
        self.ground();
        let length = match byte {
            ESC => {
                self.state = State::Escape(now + self.hold);
                return;
            }
            0xc2..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf4 => 4,
            // No character starts with these.
            0x80..=0xff => return,
            _ => return self.key(Key { alt, ..control(byte) }),
        };
        self.bytes.push(byte);
        self.state = State::Utf8 { length, alt };
    }

    /// The byte behind an `ESC`.
    fn escaped(&mut self, byte: u8, now: Duration) {
        self.bytes.clear();
        match byte {
            b'[' => self.state = State::Csi { is_rest: false },
            b'O' => self.state = State::Ss3 { is_rest: false },
            b']' | b'P' | b'_' => {
                self.bytes.push(byte);
                self.state = State::String { until: now + STRING, escape: false };
            }
            ESC => {
                self.key(Key::of(Code::Escape));
                self.first(ESC, false, now);
            }
            _ => self.first(byte, byte != CTRL_C, now),
        }
    }

    fn csi(&mut self, byte: u8, is_rest: bool, now: Duration) {
        match byte {
            0x20..=0x3f => self.push(byte),
            // F1 to F5 of the Linux console.
            b'[' if self.bytes.is_empty() => self.state = State::Skip(1),
            // The old report of the mouse has three bytes more.
            b'M' if self.bytes.is_empty() => self.state = State::Skip(3),
            0x40..=0x7e => {
                let parameters = Parameters::parse(&self.bytes);
                self.ground();
                if !is_rest {
                    self.complete(&parameters, byte);
                } else if parameters.is(b'~', byte, 200) {
                    self.state = State::Paste;
                }
            }
            // A sequence contains no other byte: this one starts something.
            _ => self.first(byte, false, now),
        }
    }

    /// A complete `ESC [ … final`.
    fn complete(&mut self, parameters: &Parameters, last: u8) {
        match (parameters.private, last) {
            (None, b'~') if parameters.first() == 200 => self.state = State::Paste,
            (None, b'I' | b'O') if parameters.is_empty() => self.input(Input::Focus(last == b'I')),
            (Some(b'<'), b'M' | b'm') => self.mouse(parameters, last == b'M'),
            (Some(b'?'), b'c') => {
                self.expects_response = false;
                self.events.push(Event::Response(Response::attributes(parameters)));
            }
            (None, b't') => self.events.extend(Response::cell_size(parameters).map(Event::Response)),
            (None, _) => {
                if let Some(key) = csi_key(parameters, last) {
                    self.key(key);
                }
            }
            _ => {}
        }
    }

    fn ss3(&mut self, byte: u8, is_rest: bool, now: Duration) {
        match byte {
            b'0'..=b'9' | b';' => self.push(byte),
            0x20..=0x7e => {
                self.ground();
                if let Some(key) = ss3_key(byte).filter(|_| !is_rest) {
                    self.key(key);
                }
            }
            _ => self.first(byte, false, now),
        }
    }

    fn string(&mut self, byte: u8, escape: bool, now: Duration) {
        match (byte, escape) {
            (BEL, false) | (b'\\', true) => {
                self.events.extend(Response::string(&self.bytes).map(Event::Response));
                self.ground();
            }
            (_, true) => {
                self.ground();
                self.state = State::Escape(now + self.hold);
                self.byte(byte, now);
            }
            (ESC, false) => self.state = State::String { until: now + STRING, escape: true },
            // A key, in a string that has no end.
            (0x00..=0x1f, false) => self.first(byte, false, now),
            _ => {
                self.push(byte);
                self.state = State::String { until: now + STRING, escape: false };
            }
        }
    }

    /// Text that is pasted. Ctrl-C ends it, so that a paste without an end does not take all keys.
    fn pasted(&mut self, byte: u8, now: Duration) {
        if byte == CTRL_C {
            return self.first(byte, false, now);
        }
        self.bytes.push(byte);
        if self.bytes.ends_with(END_OF_PASTE) {
            let length = (self.bytes.len() - END_OF_PASTE.len()).min(MAX_PASTE);
            let text = self.bytes.split_at(length).0;
            let text = String::from_utf8_lossy(text).replace("\r\n", "\n").replace('\r', "\n");
            self.ground();
            self.input(Input::Paste(text));
        } else if self.bytes.len() > MAX_PASTE + END_OF_PASTE.len() {
            // The removed byte lies between the text that is kept and an end that may be arriving.
            self.bytes.remove(MAX_PASTE);
        }
    }

    fn utf8(&mut self, byte: u8, length: usize, alt: bool, now: Duration) {
        if !(0x80..=0xbf).contains(&byte) {
            return self.first(byte, false, now);
        }
        self.bytes.push(byte);
        if self.bytes.len() < length {
            return;
        }
        let c = std::str::from_utf8(&self.bytes).ok().and_then(|text| text.chars().next());
        self.ground();
        if let Some(c) = c.filter(|c| !c.is_control()) {
            self.key(Key { alt, ..Key::of(Code::Char(c)) });
        }
    }

    fn mouse(&mut self, parameters: &Parameters, is_pressed: bool) {
        let (column, line) = (parameters.get(1).saturating_sub(1), parameters.get(2).saturating_sub(1));
        let mouse = match parameters.first() {
            0 if is_pressed => Mouse::Press,
            64 => Mouse::WheelUp,
            65 => Mouse::WheelDown,
            _ => return,
        };
        self.input(Input::Mouse(mouse, column, line));
    }

    fn push(&mut self, byte: u8) {
        if self.bytes.len() < MAX_SEQUENCE {
            self.bytes.push(byte);
        }
    }

    fn key(&mut self, key: Key) {
        self.input(Input::Key(key));
    }

    fn input(&mut self, input: Input) {
        self.events.push(Event::Input(input));
    }
}

#[cfg(test)]
mod tests;
