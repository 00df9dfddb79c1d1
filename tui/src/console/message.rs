//! Messages: everything that can change the model.

use domain::overview::Overview;

use super::keys::Key;
use super::model::PollFailure;

/// Something that happened.
#[derive(Debug)]
pub(crate) enum Message {
    /// The database returned the overview.
    Overview(Box<Overview>),
    /// The database could not be polled.
    PollFailed(PollFailure),
    /// A connection was made to a database about whose schema there is this to say.
    Schema(Option<String>),
    /// A key was pressed.
    Key(Key),
    /// The terminal's size changed.
    Resized,
    /// Time has passed.
    Tick,
}
