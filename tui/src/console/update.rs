//! Updates: how each message changes the model. Pure, so that a test can produce every state.

mod overview;

use std::time::Duration;

use super::effect::Effect;
use super::keys::Action;
use super::message::Message;
use super::model::Model;

/// Applies a message, and returns what to do next.
pub(crate) fn update(model: &mut Model, now: Duration, message: Message) -> Effect {
    let previous = model.set_now(now);
    match message {
        Message::Key(key) => match key.action() {
            Some(Action::Quit) => Effect::Quit,
            None => Effect::None,
        },
        Message::Resized => Effect::Draw,
        Message::Tick if model.is_aging() && now.as_secs() != previous.as_secs() => Effect::Draw,
        Message::Tick => Effect::None,
        Message::Overview(data) => overview::arrived(model.overview_mut(), now, *data),
        Message::Schema(hint) => {
            model.set_hint(hint);
            Effect::Draw
        }
        Message::PollFailed(failure) => overview::failed(model.overview_mut(), failure),
    }
}

#[cfg(test)]
mod tests;
