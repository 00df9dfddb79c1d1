//! Keys: how an account proves that it is the caller.
//!
//! A key reads `tt_<id>_<secret><check>`. The id is public and finds the row; the secret
//! has 256 bits and is shown once, and only its SHA-256 is kept; the check is a CRC-32,
//! so that a mistyped or truncated key is refused without asking the database, and so
//! that secret scanners can recognise one.

mod create;
mod revoke;
mod verify;

pub use create::{CreateKeyError, Created, create};
pub use revoke::{Revoked, revoke};
pub use verify::{Caller, VerifyError, verify};

use sha2::{Digest, Sha256};

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ID: usize = 10;
/// 62^43 is just over 2^256.
const SECRET: usize = 43;
const CHECK: usize = 6;

/// A well-formed key: what it says, not that it is known.
struct Key {
    id: String,
    secret: String,
}

impl Key {
    fn generate() -> Self {
        use rand::distr::{Alphanumeric, SampleString};

        let mut random = rand::rng();
        Self {
            id: Alphanumeric.sample_string(&mut random, ID),
            secret: Alphanumeric.sample_string(&mut random, SECRET),
        }
    }

    fn parse(raw: &str) -> Option<Self> {
        let (id, rest) = raw.strip_prefix("tt_")?.split_once('_')?;
        let (secret, check) = rest.split_at_checked(SECRET)?;
        let key = Self { id: id.to_owned(), secret: secret.to_owned() };
        (id.len() == ID && key.check() == check).then_some(key)
    }

    fn print(&self) -> String {
        format!("tt_{}_{}{}", self.id, self.secret, self.check())
    }

    fn check(&self) -> String {
        let sum = crc32fast::hash(format!("tt_{}_{}", self.id, self.secret).as_bytes());
        let digits = std::iter::successors(Some(sum), |rest| Some(rest / 62));
        let mut check: Vec<u8> =
            digits.take(CHECK).filter_map(|rest| ALPHABET.get((rest % 62) as usize).copied()).collect();
        check.reverse();
        String::from_utf8_lossy(&check).into_owned()
    }

    fn digest(&self) -> Vec<u8> {
        Sha256::digest(self.secret.as_bytes()).to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::Key;

    #[test]
    fn a_printed_key_reads_back() {
        let key = Key::generate();

        let read = Key::parse(&key.print()).expect("a printed key is well formed");

        assert_eq!((read.id, read.secret), (key.id, key.secret));
    }

    #[test]
    fn a_key_with_any_character_changed_is_refused() {
        let printed = Key::generate().print();

        for at in 0..printed.len() {
            let mut mistyped = printed.clone().into_bytes();
            mistyped[at] = if mistyped[at] == b'x' { b'y' } else { b'x' };
            let mistyped = String::from_utf8(mistyped).expect("ascii");

            assert!(Key::parse(&mistyped).is_none(), "{mistyped} passed for {printed}");
        }
    }

    #[test]
    fn what_is_no_key_at_all_is_refused() {
        for raw in ["", "tt_", "tt__", "sk_live_1", "tt_abc_def", "tt_ÄÖÜäöüßéè_ÄÖÜ"] {
            assert!(Key::parse(raw).is_none(), "{raw}");
        }
    }
}
