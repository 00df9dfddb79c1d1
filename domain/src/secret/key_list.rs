//! The operator's keys, as they are configured.

use std::convert::Infallible;
use std::str::FromStr;

use secrecy::{ExposeSecret, SecretString};

/// The operator's keys, as they are configured. They are parsed by a
/// [`Keyring`](super::Keyring) and not by the command line, whose errors repeat what they reject.
#[derive(Debug, Clone)]
pub struct KeyList(SecretString);

impl KeyList {
    pub(super) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl FromStr for KeyList {
    type Err = Infallible;

    fn from_str(raw: &str) -> Result<Self, Infallible> {
        Ok(Self(raw.into()))
    }
}
