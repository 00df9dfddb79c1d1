//! The parameters of a control sequence: numbers between semicolons.

/// The parameters between `ESC [` and the final byte.
#[derive(Debug, Default)]
pub(super) struct Parameters {
    /// The byte that makes the sequence a private one, such as `?`.
    pub(super) private: Option<u8>,
    numbers: Vec<u16>,
}

impl Parameters {
    /// Reads the bytes. What follows a colon refines a number, and is ignored.
    pub(super) fn parse(bytes: &[u8]) -> Self {
        let (private, rest) = match bytes.split_first() {
            Some((first @ (b'<' | b'=' | b'>' | b'?'), rest)) => (Some(*first), rest),
            _ => (None, bytes),
        };
        let number = |bytes: &[u8]| {
            let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit());
            digits.fold(0_u16, |number, digit| number.saturating_mul(10).saturating_add(u16::from(digit - b'0')))
        };
        let numbers = if rest.is_empty() { Vec::new() } else { rest.split(|byte| *byte == b';').map(number).collect() };
        Self { private, numbers }
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// Whether this is the sequence with that final byte and first number.
    pub(super) fn is(&self, last: u8, actual: u8, first: u16) -> bool {
        self.private.is_none() && last == actual && self.first() == first
    }

    /// The first number, or 0.
    pub(super) fn first(&self) -> u16 {
        self.get(0)
    }

    /// A number, or 0.
    pub(super) fn get(&self, index: usize) -> u16 {
        self.numbers.get(index).copied().unwrap_or_default()
    }

    /// All numbers.
    pub(super) fn all(&self) -> &[u16] {
        &self.numbers
    }
}
