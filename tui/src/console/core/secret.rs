//! A secret that is shown once.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::input::{Code, Key};

/// Keys that are pressed sooner were meant for something else.
const SHOWN_FOR: Duration = Duration::from_millis(500);

/// How a secret is erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Erasure {
    /// It is copied first.
    Copied,
    /// It is gone.
    Erased,
}

/// A secret that is shown once, such as that of a new key. Debug output hides it, and its memory is zeroed when it is
/// dropped.
#[derive(Debug, Clone)]
pub(crate) struct Secret(SecretString);

impl Secret {
    /// The secret, to draw or to copy it.
    pub(crate) fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Applies a key, which erases the secret; `y` copies it before. Returns `None` while it was not shown long enough.
    pub(super) fn press(key: Key, shown_for: Duration) -> Option<Erasure> {
        let erasure = if key.code == Code::Char('y') { Erasure::Copied } else { Erasure::Erased };
        (shown_for >= SHOWN_FOR).then_some(erasure)
    }
}

impl From<SecretString> for Secret {
    fn from(secret: SecretString) -> Self {
        Self(secret)
    }
}

impl From<String> for Secret {
    fn from(secret: String) -> Self {
        Self(secret.into())
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for Secret {}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Secret;
    use crate::console::core::command::Command;
    use crate::console::core::environment::Environment;
    use crate::console::core::input::{Code, Input, Key};
    use crate::console::core::message::Message;
    use crate::console::core::model::Model;
    use crate::console::core::update::update;
    use crate::console::core::write::Report;

    const KEY: &str = "tt_7Qm2xkcd_secret";

    fn shown() -> Model {
        let mut model = Model::new(Environment::default(), (80, 24), 7);
        model.writing.push((7, "tintype key create ada".to_owned()));
        let secret = Some(Secret::from(KEY.to_owned()));
        let report = Report { summary: "created key 7Qm2xkcd of account ada".to_owned(), secret };
        let written = Message::Written(7, Ok(report), Duration::ZERO);
        assert!(!format!("{written:?}").contains(KEY));
        update(&mut model, Duration::from_secs(1), written);
        model
    }

    fn press(model: &mut Model, code: Code, ms: u64) -> Vec<Command> {
        update(model, Duration::from_millis(ms), Message::Input(Input::Key(Key::of(code))))
    }

    #[test]
    fn a_secret_can_be_copied_once_and_any_key_erases_it() {
        let copy = Command::Copy(KEY.to_owned());
        for (code, copies) in [(Code::Char('y'), true), (Code::Char('x'), false), (Code::Escape, false)] {
            let mut model = shown();
            assert_eq!(model.overlays.len(), 1);

            let first = press(&mut model, code, 2_000);
            assert_eq!((first.contains(&copy), model.overlays.len()), (copies, 0), "{code:?}");

            assert!(!press(&mut model, Code::Char('y'), 3_000).contains(&copy));
            assert!(!format!("{model:?}").contains(KEY), "neither the log nor anything else has it");
        }
    }

    #[test]
    fn a_key_that_was_meant_for_something_else_does_not_erase_a_secret() {
        let mut model = shown();
        assert!(!format!("{model:?}").contains(KEY));

        press(&mut model, Code::Enter, 1_100);

        assert_eq!(model.overlays.len(), 1);
    }
}
