//! The operator's keys, which seal the secrets of customers.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use rand::RngCore;
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;

use super::key_list::KeyList;
use super::sealing_key::{KEY_BYTES, SealingKey};

/// A random key has about 30 different bytes, and fewer than this once in 10^22 keys.
const MIN_DIFFERENT_BYTES: usize = 12;

/// The operator's keys: the first one seals, and each one opens what it has sealed. Cheap to
/// clone. Without a key, jobs with secrets are rejected.
#[derive(Clone, Default)]
pub struct Keyring(Arc<[SealingKey]>);

/// Why keys cannot be used. No message contains a key.
#[derive(Debug, thiserror::Error)]
pub enum InvalidKeyring {
    /// Correct this key, counted from 1. `tintype secret-key` makes one.
    #[error("secret key {0} is not 32 random bytes in base64 or hexadecimal; `tintype secret-key` makes a key")]
    Malformed(usize),
    /// Write a key into it.
    #[error("{0} contains no secret key; `tintype secret-key` makes one")]
    Empty(PathBuf),
    /// Make it readable.
    #[error("cannot read the secret key in {0}")]
    Unreadable(PathBuf, #[source] io::Error),
}

impl Keyring {
    /// Loads the keys from a list or, if it is empty, from a file. Without both there are none.
    pub fn load(keys: Option<&KeyList>, file: Option<&Path>) -> Result<Self, InvalidKeyring> {
        let listed = Self::parse(keys.map_or("", KeyList::expose))?;
        let (true, Some(file)) = (listed.0.is_empty(), file) else { return Ok(listed) };
        let unreadable = |error| InvalidKeyring::Unreadable(file.to_owned(), error);
        let keyring = Self::parse(&Zeroizing::new(fs::read_to_string(file).map_err(unreadable)?))?;
        if keyring.0.is_empty() { Err(InvalidKeyring::Empty(file.to_owned())) } else { Ok(keyring) }
    }

    /// Parses keys that are separated by commas or white space.
    pub fn parse(keys: &str) -> Result<Self, InvalidKeyring> {
        let keys = keys.split(|c: char| c == ',' || c.is_whitespace()).filter(|key| !key.is_empty());
        let key =
            |(index, key)| parse_key(key).map(|key| SealingKey::new(&key)).ok_or(InvalidKeyring::Malformed(index + 1));
        keys.enumerate().map(key).collect::<Result<Vec<_>, _>>().map(|keys| Self(keys.into()))
    }

    /// Makes a random key, in base64.
    pub fn generate() -> SecretString {
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        rand::rng().fill_bytes(key.as_mut());
        base64::prelude::BASE64_STANDARD.encode(*key).into()
    }

    /// The key that seals; `None` without keys.
    pub(super) fn sealing(&self) -> Option<&SealingKey> {
        self.0.first()
    }

    /// The key with this id.
    pub(super) fn find(&self, id: &str) -> Option<&SealingKey> {
        self.0.iter().find(|key| key.id() == id)
    }

    /// Every key, the sealing one first.
    pub(super) fn keys(&self) -> &[SealingKey] {
        &self.0
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(SealingKey::id)).finish()
    }
}

fn parse_key(raw: &str) -> Option<Zeroizing<[u8; KEY_BYTES]>> {
    let bytes = Zeroizing::new(if raw.len() == 2 * KEY_BYTES { parse_hex(raw)? } else { parse_base64(raw)? });
    let key = Zeroizing::new(<[u8; KEY_BYTES]>::try_from(bytes.as_slice()).ok()?);
    let mut different = Zeroizing::new(*key);
    different.sort_unstable();
    let different = different.chunk_by(|left, right| left == right).count();
    (different >= MIN_DIFFERENT_BYTES).then_some(key)
}

fn parse_hex(raw: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let byte = |pair: &[u8]| match pair {
        &[high, low] => Some(digit(high)? << 4 | digit(low)?),
        _ => None,
    };
    raw.as_bytes().chunks(2).map(byte).collect()
}

/// Parses both alphabets, with or without padding: tools disagree about the default.
fn parse_base64(raw: &str) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    [STANDARD, URL_SAFE].iter().find_map(|alphabet| GeneralPurpose::new(alphabet, config).decode(raw).ok())
}

#[cfg(test)]
mod tests;
