//! Messages: everything that can change the model.

use std::time::Duration;

use super::data::Data;
use super::environment::Environment;
use super::input::Input;
use super::link::{Database, Outage};
use super::preview::{Picture, PictureKey};
use super::query::Panel;
use super::write::Report;

/// Something that happened.
#[expect(clippy::large_enum_variant, reason = "few exist at once")]
#[derive(Debug)]
pub(crate) enum Message {
    /// The operator did something.
    Input(Input),
    /// The database answered a query, or refused to.
    Response {
        /// Where the answer is shown.
        panel: Panel,
        /// Which question it answers.
        generation: u64,
        /// The data, or why there is none. The link works in both cases.
        result: Result<Data, String>,
        /// How long it took.
        took: Duration,
    },
    /// A connection was made.
    Connected(Database),
    /// The database does not answer.
    Disconnected(Outage),
    /// The connection for changes was opened, or was not for this reason.
    WritesOpened(Result<(), String>),
    /// A change was made, or was not for this reason.
    Written(u64, Result<Report, String>, Duration),
    /// Another environment is shown from now on.
    Switched(Environment),
    /// Something to say to the operator, such as what became of a file.
    Note(String),
    /// A picture was decoded, or was not for this reason.
    Decoded(PictureKey, Result<Picture, String>),
    /// Time has passed.
    Tick,
}
