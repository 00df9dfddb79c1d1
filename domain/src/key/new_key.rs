//! A key to create, and the key that was created.

use std::time::Duration;

use chrono::{DateTime, Utc};
use secrecy::SecretString;

use super::scope::Scopes;
use crate::id::KeyId;

/// A key to create.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// The name of the account.
    pub account: String,
    /// A name for people: 1 to 100 characters. Several keys may have the same.
    pub name: String,
    /// What the key may do.
    pub scopes: Scopes,
    /// When it stops working.
    pub expiry: Expiry,
}

/// When a key stops working.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// When it is revoked.
    Never,
    /// After this time.
    After(Duration),
    /// At this moment.
    At(DateTime<Utc>),
}

/// A new key. This is the only time that its secret is available.
#[derive(Debug)]
pub struct CreatedKey {
    /// The key that the caller sends.
    pub key: SecretString,
    /// The public id, which revokes it.
    pub id: KeyId,
    /// When it stops working.
    pub expires_at: Option<DateTime<Utc>>,
}

impl NewKey {
    /// A key with every right that does not expire.
    pub fn new(account: impl Into<String>) -> Self {
        let (account, name) = (account.into(), "default".to_owned());
        Self { account, name, scopes: Scopes::admin(), expiry: Expiry::Never }
    }
}
