//! The link to the database: whether what is on the screen is current.

use std::time::Duration;

/// The state of the link. Times are since the start of the console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Link {
    /// The first answer has not arrived yet.
    Connecting,
    /// The database answers.
    Live,
    /// The database does not answer.
    Down(Outage),
}

/// Why and since when the database does not answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outage {
    /// The reason, in one line.
    pub(crate) reason: String,
    /// How many attempts have failed in a row.
    pub(crate) attempts: u32,
    /// When the next attempt is made; `None` while a response may still arrive.
    pub(crate) retry_at: Option<Duration>,
}

/// The database that the console is connected to, as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Database {
    /// Its host and name, such as `db1.eu/render`.
    pub(crate) name: String,
    /// Whether it is a standby, on which nothing can be changed.
    pub(crate) is_standby: bool,
    /// What there is to say of its schema, such as that it is newer.
    pub(crate) hint: Option<String>,
}
