//! The secrets of a job that is about to be submitted, and the keys that seal them.

use std::fmt;

use secrecy::zeroize::Zeroizing;

use super::invalid::InvalidSecret;
use super::keyring::Keyring;
use super::sealing_key::Sealed;
use super::secrets::Secrets;
use crate::id::{AccountId, JobId};
use crate::options::TargetUrl;

/// The secrets of a job that is about to be submitted, and the keys that seal them. They are
/// valid, so a job with invalid secrets, or without a key to seal them, cannot be submitted.
#[derive(Clone, Default)]
pub struct NewSecrets(Option<Sealable>);

#[derive(Clone)]
struct Sealable {
    plain: Zeroizing<Vec<u8>>,
    keyring: Keyring,
}

impl NewSecrets {
    /// Validates secrets. `target` is the URL whose origin receives them. Without it, or without a key
    /// to seal them, each field that has some is an error.
    pub fn new(secrets: &Secrets, target: Option<&TargetUrl>, keyring: &Keyring) -> Result<Self, Vec<InvalidSecret>> {
        if secrets.is_empty() {
            return Ok(Self::default());
        }
        let mut errors = secrets.validate();
        if let Some(target) = target {
            errors.extend(secrets.misdirected(target));
        } else {
            let message = "requires `url`, or `html` with `base_url`: it is sent to their origin alone";
            errors.extend(secrets.fields().map(|field| InvalidSecret::new(field, message)));
        }
        if keyring.keys().is_empty() {
            let message = "is not available: the operator of this server has not set a secret key";
            errors.extend(secrets.fields().map(|field| InvalidSecret::new(field, message)));
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        // Secrets consist of strings, booleans and finite numbers, which always serialize.
        let plain = Zeroizing::new(serde_json::to_vec(secrets).unwrap_or_default());
        Ok(Self(Some(Sealable { plain, keyring: keyring.clone() })))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Seals them for a job of an account.
    pub(crate) fn seal(&self, account: AccountId, job: JobId) -> Option<Sealed> {
        let Sealable { plain, keyring } = self.0.as_ref()?;
        keyring.sealing().map(|key| key.seal(plain, &context(account, job)))
    }

    /// How many keys can hash them.
    pub(crate) fn keys(&self) -> usize {
        self.0.as_ref().map_or(0, |sealable| sealable.keyring.keys().len())
    }

    /// A hash of them by one of the keys; `None` if there are no secrets.
    pub(crate) fn hash(&self, key: usize) -> Option<[u8; 32]> {
        let Sealable { plain, keyring } = self.0.as_ref()?;
        keyring.keys().get(key).map(|key| key.hash(plain))
    }
}

impl fmt::Debug for NewSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_empty() { "NewSecrets(none)" } else { "NewSecrets(..)" })
    }
}

/// What sealed secrets are bound to: they open only as those of the same job and account.
pub(super) fn context(account: AccountId, job: JobId) -> String {
    format!("v1|{account}|{job}")
}

#[cfg(test)]
mod tests {
    use super::{Keyring, NewSecrets, Secrets};
    use crate::options::TargetUrl;
    use crate::secret::{BasicAuth, Header};

    fn secrets() -> Secrets {
        let headers = vec![Header { name: "X-Token".to_owned(), value: "canary".into() }];
        let basic_auth = Some(BasicAuth { username: "canary".into(), password: "canary".into() });
        Secrets { headers, cookies: Vec::new(), basic_auth }
    }

    fn target() -> Option<TargetUrl> {
        TargetUrl::parse("https://example.com/").ok()
    }

    fn keyring() -> Keyring {
        use secrecy::ExposeSecret;

        Keyring::parse(Keyring::generate().expose_secret()).expect("a key")
    }

    #[test]
    fn without_a_key_each_field_with_secrets_is_an_error() {
        let errors = NewSecrets::new(&secrets(), target().as_ref(), &Keyring::default()).expect_err("no key");

        let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["headers", "basic_auth"]);
        assert!(
            NewSecrets::new(&Secrets::default(), target().as_ref(), &Keyring::default())
                .expect("no secrets")
                .is_empty()
        );
    }

    #[test]
    fn invalid_secrets_are_an_error() {
        let headers = vec![Header { name: "Host".to_owned(), value: "canary".into() }];

        let errors =
            NewSecrets::new(&Secrets { headers, ..secrets() }, target().as_ref(), &keyring()).expect_err("invalid");

        assert_eq!(errors.len(), 1);
        assert!(!format!("{errors:?}").contains("canary"));
    }

    #[test]
    fn secrets_need_a_page_that_receives_them() {
        let errors = NewSecrets::new(&secrets(), None, &keyring()).expect_err("no target");

        let fields: Vec<_> = errors.into_iter().map(|error| error.field).collect();
        assert_eq!(fields, ["headers", "basic_auth"]);
    }

    #[test]
    fn new_secrets_are_not_printed() {
        let new = NewSecrets::new(&secrets(), target().as_ref(), &keyring()).expect("valid");

        assert_eq!(format!("{new:?}"), "NewSecrets(..)");
    }
}
