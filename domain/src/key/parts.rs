//! The parts of a key.

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ID_LENGTH: usize = 10;
/// 62^43 is just over 2^256.
const SECRET_LENGTH: usize = 43;
const CHECKSUM_LENGTH: usize = 6;

/// A well-formed key, which may not exist.
#[derive(Debug)]
pub(super) struct KeyParts {
    /// The public id.
    pub(super) id: String,
    secret: SecretString,
}

impl KeyParts {
    /// Generates a new key.
    pub(super) fn generate() -> Self {
        use rand::distr::{Alphanumeric, SampleString};

        let mut random = rand::rng();
        Self {
            id: Alphanumeric.sample_string(&mut random, ID_LENGTH),
            secret: Alphanumeric.sample_string(&mut random, SECRET_LENGTH).into(),
        }
    }

    /// Parses a key as it was sent.
    pub(super) fn parse(raw: &str) -> Option<Self> {
        let (id, rest) = raw.strip_prefix("tt_")?.split_once('_')?;
        let (secret, checksum) = rest.split_at_checked(SECRET_LENGTH)?;
        let key = Self { id: id.to_owned(), secret: secret.into() };
        (id.len() == ID_LENGTH && key.checksum() == checksum).then_some(key)
    }

    /// The whole key, as callers send it.
    pub(super) fn whole(&self) -> SecretString {
        format!("tt_{}_{}{}", self.id, self.secret.expose_secret(), self.checksum()).into()
    }

    /// The digest of the secret, which is stored.
    pub(super) fn digest(&self) -> Vec<u8> {
        Sha256::digest(self.secret.expose_secret().as_bytes()).to_vec()
    }

    fn checksum(&self) -> String {
        let sum = crc32fast::hash(format!("tt_{}_{}", self.id, self.secret.expose_secret()).as_bytes());
        let digits = std::iter::successors(Some(sum), |rest| Some(rest / 62));
        let mut checksum: Vec<u8> =
            digits.take(CHECKSUM_LENGTH).filter_map(|rest| ALPHABET.get((rest % 62) as usize).copied()).collect();
        checksum.reverse();
        String::from_utf8_lossy(&checksum).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::KeyParts;

    #[test]
    fn a_generated_key_parses() {
        let key = KeyParts::generate();

        let parsed = KeyParts::parse(key.whole().expose_secret()).expect("a generated key is well formed");

        assert_eq!((parsed.id, parsed.secret.expose_secret()), (key.id, key.secret.expose_secret()));
    }

    #[test]
    fn a_key_with_any_character_changed_is_rejected() {
        let whole = KeyParts::generate().whole();

        for at in 0..whole.expose_secret().len() {
            let mut mistyped = whole.expose_secret().to_owned().into_bytes();
            mistyped[at] = if mistyped[at] == b'x' { b'y' } else { b'x' };
            let mistyped = String::from_utf8(mistyped).expect("ascii");

            assert!(KeyParts::parse(&mistyped).is_none(), "{mistyped}");
        }
    }

    #[test]
    fn other_strings_are_rejected() {
        for raw in ["", "tt_", "tt__", "sk_live_1", "tt_abc_def", "tt_ÄÖÜäöüßéè_ÄÖÜ"] {
            assert!(KeyParts::parse(raw).is_none(), "{raw}");
        }
    }

    #[test]
    fn a_secret_is_not_printed() {
        let key = KeyParts::generate();

        assert!(!format!("{key:?} {:?}", key.whole()).contains(key.secret.expose_secret()));
    }
}
