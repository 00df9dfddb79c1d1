//! Confirming a change.

use std::time::Duration;

use crate::console::core::input::{Code, Key};
use crate::console::core::input_line::InputLine;
use crate::console::core::write::{Level, Write};

/// How long a confirmation must have been on the screen until it can be given.
pub(crate) const SHOWN_FOR: Duration = Duration::from_millis(150);

/// How long the line that is answered with `y` stays.
pub(crate) const LINE_STAYS: Duration = Duration::from_secs(5);

/// The shortest reason of a grave change, in characters.
pub(crate) const MIN_REASON: usize = 10;

/// A change that is confirmed. The confirmation is typed in full, and never by a single Enter.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Confirm {
    /// The change.
    pub(crate) write: Write,
    /// What must be typed.
    pub(crate) expected: String,
    /// The confirmation, as far as it is typed.
    pub(crate) typed: InputLine,
    /// The reason.
    pub(crate) reason: InputLine,
    /// Whether the reason is being typed.
    pub(crate) is_in_reason: bool,
    /// Since when it is on the screen.
    pub(crate) shown_at: Duration,
    /// Why Enter did not confirm.
    pub(crate) hint: Option<String>,
}

/// What a key leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Nothing yet.
    Pending,
    /// Nothing is changed.
    Cancelled,
    /// The change is made.
    Given,
}

impl Confirm {
    /// Asks for the confirmation of a change. In a protected environment its word is typed, too.
    pub(crate) fn new(write: Write, protected_word: Option<&str>, now: Duration) -> Self {
        let expected = match (write.level(), protected_word) {
            (Level::Row, _) => String::new(),
            (_, Some(word)) => format!("{word} {}", write.confirmation()),
            (_, None) => write.confirmation(),
        };
        let reason = InputLine::new(write.reason());
        let is_in_reason = write.level() != Level::Row;
        Self { write, expected, typed: InputLine::default(), reason, is_in_reason, shown_at: now, hint: None }
    }

    /// When it ends by itself: a line that is not answered changes nothing.
    pub(crate) fn ends_at(&self) -> Option<Duration> {
        (self.write.level() == Level::Row).then_some(self.shown_at + LINE_STAYS)
    }

    /// Applies a key.
    pub(crate) fn press(&mut self, key: Key, now: Duration) -> Decision {
        if key.code == Code::Escape {
            return Decision::Cancelled;
        }
        if self.write.level() == Level::Row {
            return match key.code {
                Code::Char('y') if now < self.shown_at + SHOWN_FOR => Decision::Pending,
                Code::Char('y') => Decision::Given,
                _ => Decision::Cancelled,
            };
        }
        match key.code {
            Code::Tab | Code::BackTab | Code::Up | Code::Down => self.is_in_reason = !self.is_in_reason,
            Code::Enter if self.is_in_reason => self.is_in_reason = false,
            Code::Enter => return self.give(now),
            _ => {
                let line = if self.is_in_reason { &mut self.reason } else { &mut self.typed };
                line.edit(key);
                self.hint = None;
            }
        }
        Decision::Pending
    }

    fn give(&mut self, now: Duration) -> Decision {
        let reason = self.reason.text().trim().to_owned();
        let needed = if self.write.level() == Level::Grave { MIN_REASON } else { 1 };
        if reason.chars().count() < needed {
            self.is_in_reason = true;
            self.hint = Some(format!("give a reason of {needed} characters or more: it goes to the audit trail"));
        } else if self.typed.text().trim() != self.expected {
            self.hint = Some(format!("type {} to confirm", self.expected));
        } else if now >= self.shown_at + SHOWN_FOR {
            self.write.set_reason(reason);
            return Decision::Given;
        }
        Decision::Pending
    }
}
