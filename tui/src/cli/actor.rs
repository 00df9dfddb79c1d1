//! The options of every command that changes something: who makes the change, and why.

use clap::Args;
use domain::event::Actor;

use crate::actor::{self, MAX_NAME_LENGTH};

/// The longest reason that the database accepts, in characters.
const MAX_REASON_LENGTH: usize = 1_000;

/// Who makes the change, and why. The event of the change records both.
#[derive(Debug, Args)]
pub(crate) struct ActorArgs {
    /// The name to record as the author of the change [default: USER@HOST]
    #[arg(long = "as", value_name = "NAME", value_parser = name)]
    actor_name: Option<String>,
    /// The reason to record with the change
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    reason: Option<String>,
}

impl ActorArgs {
    /// Returns the actor: the given one, or the operating system's user and host.
    pub(crate) fn actor(self) -> Actor {
        let actor = self.actor_name.map_or_else(actor::current, Actor::new);
        Actor { reason: self.reason, ..actor }
    }
}

fn name(text: &str) -> Result<String, String> {
    bounded(text, MAX_NAME_LENGTH)
}

fn reason(text: &str) -> Result<String, String> {
    bounded(text, MAX_REASON_LENGTH)
}

fn bounded(text: &str, max: usize) -> Result<String, String> {
    let is_valid = !text.trim().is_empty() && text.chars().count() <= max;
    is_valid.then(|| text.to_owned()).ok_or_else(|| format!("must have 1 to {max} characters"))
}

#[cfg(test)]
mod tests {
    use super::{ActorArgs, MAX_NAME_LENGTH, name};

    #[test]
    fn a_given_name_and_reason_are_recorded() {
        let args = ActorArgs { actor_name: Some("eve".to_owned()), reason: Some("a test".to_owned()) };

        let actor = args.actor();

        assert_eq!((actor.name.as_str(), actor.reason.as_deref()), ("eve", Some("a test")));
    }

    #[test]
    fn a_name_has_a_length_that_the_database_accepts() {
        for (text, is_valid) in [
            ("", false),
            (" ", false),
            ("eve", true),
            (&"é".repeat(MAX_NAME_LENGTH), true),
            (&"é".repeat(MAX_NAME_LENGTH + 1), false),
        ] {
            assert_eq!(name(text).is_ok(), is_valid, "{text}");
        }
    }
}
