//! One key of the operator: it seals, opens, and computes keyed hashes.

use std::fmt::Write;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use rand::RngCore;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretBox};
use sha2::Sha256;

/// The length of a key, in bytes.
pub(super) const KEY_BYTES: usize = 32;

/// Random nonces of this length do not repeat, however much one key seals.
const NONCE_BYTES: usize = 24;

/// How many bytes of its hash identify a key.
const ID_BYTES: usize = 8;

/// The block of SHA-256, in bytes.
const BLOCK_BYTES: usize = 64;

/// One key of the operator. Each purpose has a key that is derived from it, and the key itself
/// is not kept.
pub(super) struct SealingKey {
    id: String,
    seal: SecretBox<[u8; KEY_BYTES]>,
    hash: SecretBox<[u8; KEY_BYTES]>,
}

/// Sealed bytes, as they are stored.
pub(crate) struct Sealed {
    /// The id of the key.
    pub(crate) key_id: String,
    /// Makes every sealing different.
    pub(crate) nonce: Vec<u8>,
    /// The ciphertext and its tag.
    pub(crate) bytes: Vec<u8>,
}

impl SealingKey {
    pub(super) fn new(key: &[u8; KEY_BYTES]) -> Self {
        let mut id = String::new();
        for byte in hmac(key, b"tintype key id v1").iter().take(ID_BYTES) {
            // Writing to a string does not fail.
            let _ = write!(id, "{byte:02x}");
        }
        let derive = |purpose| SecretBox::new(Box::new(hmac(key, purpose)));
        Self { id, seal: derive(b"tintype seal v1"), hash: derive(b"tintype fingerprint v1") }
    }

    /// Identifies the key, and says nothing of it.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Seals bytes for a context: they open only in the same one.
    pub(super) fn seal(&self, plain: &[u8], context: &str) -> Sealed {
        let mut nonce = [0; NONCE_BYTES];
        rand::rng().fill_bytes(&mut nonce);
        let payload = Payload { msg: plain, aad: context.as_bytes() };
        // Only 256 GiB or more fail, and nothing is sealed then: it does not open.
        let bytes = self.cipher().encrypt(&XNonce::from(nonce), payload).unwrap_or_default();
        Sealed { key_id: self.id.clone(), nonce: nonce.to_vec(), bytes }
    }

    /// Opens what this key sealed for the same context; `None` if it was anything else.
    pub(super) fn open(&self, nonce: &[u8], sealed: &[u8], context: &str) -> Option<Zeroizing<Vec<u8>>> {
        let nonce = XNonce::from(<[u8; NONCE_BYTES]>::try_from(nonce).ok()?);
        let payload = Payload { msg: sealed, aad: context.as_bytes() };
        self.cipher().decrypt(&nonce, payload).ok().map(Zeroizing::new)
    }

    /// Hashes bytes. Without the key, nobody can tell which bytes have a hash.
    pub(super) fn hash(&self, bytes: &[u8]) -> [u8; KEY_BYTES] {
        hmac(self.hash.expose_secret(), bytes)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.seal.expose_secret().into())
    }
}

fn hmac(key: &[u8; KEY_BYTES], bytes: &[u8]) -> [u8; KEY_BYTES] {
    // A key that is shorter than a block is padded with zeros.
    let mut block = Zeroizing::new([0; BLOCK_BYTES]);
    for (padded, byte) in block.iter_mut().zip(key) {
        *padded = *byte;
    }
    let mut hmac = <Hmac<Sha256> as KeyInit>::new((&*block).into());
    hmac.update(bytes);
    hmac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::{KEY_BYTES, SealingKey};

    fn key(first: u8) -> SealingKey {
        let mut bytes = [0; KEY_BYTES];
        for (byte, value) in bytes.iter_mut().zip(first..) {
            *byte = value;
        }
        SealingKey::new(&bytes)
    }

    #[test]
    fn sealed_bytes_open_only_with_their_key_their_nonce_and_their_context() {
        let (key, other) = (key(0), key(1));
        let sealed = key.seal(b"canary", "v1|a|1");

        let opened = key.open(&sealed.nonce, &sealed.bytes, "v1|a|1").expect("it opens");

        assert_eq!(opened.as_slice(), b"canary");
        assert!(other.open(&sealed.nonce, &sealed.bytes, "v1|a|1").is_none());
        assert!(key.open(&sealed.nonce, &sealed.bytes, "v1|a|2").is_none());
        assert!(key.open(&sealed.nonce, &sealed.bytes, "v1|b|1").is_none());
        assert!(key.open(&[0; 24], &sealed.bytes, "v1|a|1").is_none());
        assert!(key.open(&[0; 12], &sealed.bytes, "v1|a|1").is_none());
        for at in 0..sealed.bytes.len() {
            let mut changed = sealed.bytes.clone();
            changed[at] ^= 1;
            assert!(key.open(&sealed.nonce, &changed, "v1|a|1").is_none(), "byte {at}");
        }
        assert!(key.open(&sealed.nonce, &sealed.bytes[..sealed.bytes.len() - 1], "v1|a|1").is_none());
    }

    #[test]
    fn the_same_bytes_are_sealed_differently_each_time() {
        let key = key(0);

        let (one, two) = (key.seal(b"canary", ""), key.seal(b"canary", ""));

        assert_ne!(one.nonce, two.nonce);
        assert_ne!(one.bytes, two.bytes);
        assert!(!one.bytes.windows(6).any(|bytes| bytes == b"canary"));
    }

    /// Rows that an earlier version sealed must open in every later one.
    #[test]
    fn a_row_of_the_first_version_opens() {
        let key = key(0);
        let nonce = [
            246, 26, 171, 225, 147, 26, 189, 203, 112, 10, 183, 176, 160, 144, 211, 7, 20, 205, 30, 112, 40, 93, 249,
            208,
        ];
        let sealed =
            [176, 85, 87, 243, 193, 254, 151, 174, 11, 74, 58, 74, 42, 131, 200, 153, 80, 185, 27, 63, 156, 124];

        assert_eq!(key.id(), "4b733ece08a9fe59");
        assert_eq!(key.open(&nonce, &sealed, "v1|a|1").expect("it opens").as_slice(), b"canary");
        assert_eq!(key.hash(b"canary")[..8], [74, 72, 190, 45, 136, 116, 101, 160], "a repeated call is recognized");
    }

    #[test]
    fn the_hash_depends_on_the_key_and_on_the_bytes() {
        assert_eq!(key(0).hash(b"a"), key(0).hash(b"a"));
        assert_ne!(key(0).hash(b"a"), key(1).hash(b"a"));
        assert_ne!(key(0).hash(b"a"), key(0).hash(b"b"));
    }
}
