//! Writes: everything that the console can change, how it is confirmed, and the command that does the same.

mod account;
mod expiry;
mod fleet;
mod job;
mod key;
mod level;
mod shell;

pub(crate) use account::AccountWrite;
pub(crate) use expiry::{ExpiryVerb, ExpiryWrite};
pub(crate) use fleet::{FleetVerb, FleetWrite};
pub(crate) use job::{JobChange, JobWrite, Jobs};
pub(crate) use key::KeyWrite;
pub(crate) use level::Level;
pub(crate) use shell::quoted;

use super::secret::Secret;
use shell::with_reason;

/// A change. It is confirmed, then sent to the database, where one statement checks it again and records it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Write {
    /// Suspend or resume an account.
    Hold {
        /// Its name.
        account: String,
        /// Whether it is suspended from now on.
        suspend: bool,
        /// Why.
        reason: String,
    },
    /// A change of a worker.
    Fleet(FleetWrite),
    /// Another change of an account.
    Account(AccountWrite),
    /// A change of a key.
    Key(KeyWrite),
    /// Retry or cancel jobs.
    Job(JobWrite),
    /// A change of results.
    Expiry(ExpiryWrite),
}

/// A change that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Report {
    /// A summary of the change, in one line.
    pub(crate) summary: String,
    /// A secret that is shown once, such as that of a new key.
    pub(crate) secret: Option<Secret>,
}

impl Report {
    /// A report without a secret.
    pub(crate) fn new(summary: impl Into<String>) -> Self {
        Self { summary: summary.into(), secret: None }
    }
}

impl Write {
    /// How the change is confirmed.
    pub(crate) fn level(&self) -> Level {
        match self {
            Self::Expiry(write) => write.level(),
            Self::Hold { .. } => Level::Many,
            Self::Fleet(write) => write.level(),
            Self::Account(write) => write.level(),
            Self::Key(write) => write.level(),
            Self::Job(write) => write.level(),
        }
    }

    /// What will happen, in a few words: `retry 508 jobs`.
    pub(crate) fn title(&self) -> String {
        match self {
            Self::Expiry(write) => write.title(),
            Self::Hold { account, suspend: true, .. } => format!("suspend {account}"),
            Self::Hold { account, suspend: false, .. } => format!("resume {account}"),
            Self::Fleet(write) => write.title(),
            Self::Account(write) => write.title(),
            Self::Key(write) => write.title(),
            Self::Job(write) => write.title(),
        }
    }

    /// What the operator should know before, as labels and texts: the filter, what it matches, the effect.
    pub(crate) fn facts(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Expiry(write) => write.facts(),
            Self::Hold { suspend: true, .. } => {
                vec![("effect", "its submissions are refused; jobs that it has submitted go on".to_owned())]
            }
            Self::Hold { suspend: false, .. } => vec![("effect", "it may submit jobs again".to_owned())],
            Self::Fleet(write) => write.facts(),
            Self::Account(write) => write.facts(),
            Self::Key(write) => write.facts(),
            Self::Job(write) => write.facts(),
        }
    }

    /// The text that is typed to confirm: the count, or the name of the object. Empty at [`Level::Row`].
    pub(crate) fn confirmation(&self) -> String {
        match self {
            Self::Expiry(write) => write.confirmation(),
            Self::Hold { account, .. } => account.clone(),
            Self::Fleet(write) => write.confirmation(),
            Self::Account(write) => write.subject().to_owned(),
            Self::Key(write) => write.subject().to_owned(),
            Self::Job(write) => write.confirmation(),
        }
    }

    /// The operator's reason.
    pub(crate) fn reason(&self) -> &str {
        match self {
            Self::Fleet(write) => &write.reason,
            Self::Account(write) => write.reason(),
            Self::Key(write) => write.reason(),
            Self::Hold { reason, .. } | Self::Job(JobWrite { reason, .. }) => reason,
            Self::Expiry(write) => &write.reason,
        }
    }

    /// Sets the operator's reason.
    pub(crate) fn set_reason(&mut self, new: String) {
        match self {
            Self::Fleet(write) => write.reason = new,
            Self::Account(write) => write.set_reason(new),
            Self::Key(write) => write.set_reason(new),
            Self::Hold { reason, .. } | Self::Job(JobWrite { reason, .. }) => *reason = new,
            Self::Expiry(write) => write.reason = new,
        }
    }

    /// The command that does the same.
    pub(crate) fn command_line(&self) -> String {
        let (command, subject) = match self {
            Self::Expiry(write) => return write.command_line(),
            Self::Hold { account, suspend: true, .. } => ("account suspend", account),
            Self::Hold { account, suspend: false, .. } => ("account resume", account),
            Self::Fleet(write) => return write.command_line(),
            Self::Account(write) => return format!("tintype {}{}", write.command(), with_reason(write.reason())),
            Self::Key(write) => return format!("tintype {}{}", write.command(), with_reason(write.reason())),
            Self::Job(write) => return format!("{}{}", write.command_line(), with_reason(self.reason())),
        };
        format!("tintype {command} {}{}", quoted(subject), with_reason(self.reason()))
    }
}
