//! Changes of keys.

use std::time::Duration;

use chrono::SecondsFormat;
use domain::key::{Expiry, Scopes};

use super::account::{rate_options, rate_text};
use super::level::Level;
use super::shell::quoted;

/// A change of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeyWrite {
    /// Create a key, and show it once.
    Create {
        /// The name of its account.
        account: String,
        /// Its name.
        name: String,
        /// What it may do.
        scopes: Scopes,
        /// When it stops working.
        expiry: Expiry,
        /// Why.
        reason: String,
    },
    /// Revoke a key.
    Revoke {
        /// Its id.
        id: String,
        /// Its name, and that of its account.
        of: String,
        /// Why.
        reason: String,
    },
    /// Rename a key.
    Rename {
        /// Its id.
        id: String,
        /// Its new name.
        name: String,
        /// Why.
        reason: String,
    },
    /// Change the limits of a key.
    Limit {
        /// Its id.
        id: String,
        /// What it may do.
        scopes: Scopes,
        /// When it stops working; `None`: as it is.
        expiry: Option<Expiry>,
        /// Jobs per minute and at once; `None`: unlimited.
        rate: Option<(i32, i32)>,
        /// Why.
        reason: String,
    },
}

impl KeyWrite {
    pub(super) fn level(&self) -> Level {
        match self {
            Self::Revoke { .. } => Level::Grave,
            Self::Create { .. } | Self::Limit { .. } => Level::Many,
            Self::Rename { .. } => Level::Row,
        }
    }

    pub(super) fn title(&self) -> String {
        match self {
            Self::Create { account, .. } => format!("create a key of {account}"),
            Self::Revoke { id, .. } => format!("revoke key {id}"),
            Self::Rename { id, name, .. } => format!("rename key {id} to {name}"),
            Self::Limit { id, .. } => format!("change the limits of key {id}"),
        }
    }

    pub(super) fn facts(&self) -> Vec<(&'static str, String)> {
        let at_once = ("effect", "from its next call on".to_owned());
        match self {
            Self::Create { name, scopes, expiry, .. } => vec![
                ("name", name.clone()),
                ("scopes", scopes.names()),
                ("expires", expiry_text(*expiry)),
                ("effect", "the key is shown once, and only its hash is stored".to_owned()),
            ],
            Self::Revoke { of, .. } => vec![
                ("key", of.clone()),
                ("effect", "calls with it fail at once and for good; its unfinished jobs go on".to_owned()),
            ],
            Self::Rename { .. } => Vec::new(),
            Self::Limit { scopes, expiry, rate, .. } => vec![
                ("scopes", scopes.names()),
                ("expires", expiry.map_or_else(|| "as it is".to_owned(), expiry_text)),
                ("rate", rate_text(*rate)),
                at_once,
            ],
        }
    }

    pub(super) fn subject(&self) -> &str {
        match self {
            Self::Create { account, .. } => account,
            Self::Revoke { id, .. } | Self::Rename { id, .. } | Self::Limit { id, .. } => id,
        }
    }

    pub(super) fn reason(&self) -> &str {
        match self {
            Self::Create { reason, .. }
            | Self::Revoke { reason, .. }
            | Self::Rename { reason, .. }
            | Self::Limit { reason, .. } => reason,
        }
    }

    pub(super) fn set_reason(&mut self, new: String) {
        match self {
            Self::Create { reason, .. }
            | Self::Revoke { reason, .. }
            | Self::Rename { reason, .. }
            | Self::Limit { reason, .. } => *reason = new,
        }
    }

    pub(super) fn command(&self) -> String {
        match self {
            Self::Create { account, name, scopes, expiry, .. } => {
                let (account, name, scopes) = (quoted(account), quoted(name), scopes.names());
                format!("key create {account} --name {name} --scopes {scopes}{}", expiry_option(*expiry, ""))
            }
            Self::Revoke { id, .. } => format!("key revoke {}", quoted(id)),
            Self::Rename { id, name, .. } => format!("key rename {} {}", quoted(id), quoted(name)),
            Self::Limit { id, scopes, expiry, rate, .. } => {
                let expiry = expiry.map(|expiry| expiry_option(expiry, " --no-expiry")).unwrap_or_default();
                format!("key limit {} --scopes {}{expiry}{}", quoted(id), scopes.names(), rate_options(*rate))
            }
        }
    }
}

fn expiry_text(expiry: Expiry) -> String {
    match expiry {
        Expiry::Never => "never".to_owned(),
        Expiry::After(lifetime) => format!("in {}", lifetime_text(lifetime)),
        Expiry::At(moment) => moment.to_rfc3339_opts(SecondsFormat::Secs, true),
    }
}

fn expiry_option(expiry: Expiry, never: &str) -> String {
    match expiry {
        Expiry::Never => never.to_owned(),
        Expiry::After(lifetime) => format!(" --expires {}", lifetime_text(lifetime)),
        Expiry::At(moment) => format!(" --expires {}", moment.to_rfc3339_opts(SecondsFormat::Secs, true)),
    }
}

/// A time in the largest unit that is exact.
fn lifetime_text(lifetime: Duration) -> String {
    let seconds = lifetime.as_secs();
    let units = [(86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")];
    let (size, unit) = units.into_iter().find(|(size, _)| seconds.is_multiple_of(*size)).unwrap_or((1, "s"));
    format!("{}{unit}", seconds / size)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::key::Expiry;

    use super::KeyWrite;

    #[test]
    fn the_command_line_does_the_same() {
        let scopes = || "render,read".parse().expect("scopes");
        let reason = String::new;
        let (day, never) = (Expiry::After(Duration::from_hours(24)), Expiry::Never);
        let id = || "7Qm2".to_owned();
        for (write, command) in [
            (
                KeyWrite::Create {
                    account: "Shop AG".to_owned(),
                    name: "ci".to_owned(),
                    scopes: scopes(),
                    expiry: day,
                    reason: reason(),
                },
                "key create 'Shop AG' --name ci --scopes render,read --expires 1d",
            ),
            (
                KeyWrite::Create {
                    account: "ada".to_owned(),
                    name: "ci".to_owned(),
                    scopes: scopes(),
                    expiry: never,
                    reason: reason(),
                },
                "key create ada --name ci --scopes render,read",
            ),
            (KeyWrite::Revoke { id: id(), of: String::new(), reason: reason() }, "key revoke 7Qm2"),
            (
                KeyWrite::Limit {
                    id: id(),
                    scopes: scopes(),
                    expiry: Some(never),
                    rate: Some((60, 20)),
                    reason: reason(),
                },
                "key limit 7Qm2 --scopes render,read --no-expiry --rate 60 --burst 20",
            ),
            (
                KeyWrite::Limit { id: id(), scopes: scopes(), expiry: None, rate: None, reason: reason() },
                "key limit 7Qm2 --scopes render,read --no-rate",
            ),
        ] {
            assert_eq!(write.command(), command);
        }
    }
}
