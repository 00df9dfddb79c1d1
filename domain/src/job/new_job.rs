//! Jobs that are about to be submitted.

use std::time::Duration;

use sha2::{Digest, Sha256};

use super::delivery::Delivery;
use super::lane::Lane;
use super::lease::GRACE;
use crate::id::JobId;
use crate::idempotency::Fingerprint;
use crate::options::stored::StoredOptions;
use crate::options::{Options, Source};
use crate::secret::NewSecrets;

/// A job to submit.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// The page to render.
    pub source: Source,
    /// How to render it.
    pub options: Options,
    /// The lane it is queued in.
    pub lane: Lane,
    /// The headers, cookies and credentials for the page, which are stored apart and sealed.
    pub secrets: NewSecrets,
    /// The customer's own name for it.
    pub reference: Option<String>,
}

/// The longest reference, in characters.
pub const MAX_REFERENCE_CHARS: usize = 128;

impl NewJob {
    /// Its price, in credits.
    pub fn cost(&self) -> i32 {
        1
    }

    /// How long a lease on it lasts.
    pub fn lease_duration(&self) -> Duration {
        self.options.readiness.timeout() + GRACE
    }

    /// The document, if the job is not for a URL.
    pub(super) fn html(&self) -> Option<&str> {
        match &self.source {
            Source::Url(_) => None,
            Source::Html(html) => Some(html),
        }
    }

    /// Its target and options in stored form.
    pub(super) fn stored_options(&self) -> StoredOptions {
        StoredOptions::new(&self.source, &self.options)
    }
}

/// The fingerprint of a call for one job. Calls with the same meaning have the same
/// fingerprint, however their bodies spell it.
pub fn fingerprint(delivery: Delivery, job: &NewJob) -> Fingerprint {
    let prefix = match delivery {
        Delivery::Wait => "synchronous",
        Delivery::Poll => "asynchronous",
    };
    of_call(prefix, std::slice::from_ref(job))
}

/// The fingerprint of a call for a batch.
pub fn fingerprint_batch(jobs: &[NewJob]) -> Fingerprint {
    of_call("bulk", jobs)
}

/// The fingerprint of a call that retries a job.
pub fn fingerprint_retry(job: JobId) -> Fingerprint {
    let digest = Sha256::new_with_prefix("retry").chain_update(job.to_string()).finalize().to_vec();
    Fingerprint { digest, older: Vec::new() }
}

/// Secrets are part of it by a keyed hash: a stored digest of them could be guessed. There is one
/// digest per key, so that a call whose key is no longer the first is still recognized.
fn of_call(prefix: &str, jobs: &[NewJob]) -> Fingerprint {
    let keys = jobs.iter().map(|job| job.secrets.keys()).max().unwrap_or(0);
    let older = (1..keys).map(|key| digest(prefix, jobs, key)).collect();
    Fingerprint { digest: digest(prefix, jobs, 0), older }
}

fn digest(prefix: &str, jobs: &[NewJob], key: usize) -> Vec<u8> {
    let mut digest = Sha256::new_with_prefix(prefix);
    for job in jobs {
        // Options consist of strings, numbers and enums, which always serialize.
        let options = serde_json::to_vec(&job.stored_options()).unwrap_or_default();
        let html = job.html().unwrap_or_default();
        let secrets = job.secrets.hash(key);
        let always = [options.as_slice(), &job.lane.number().to_be_bytes(), html.as_bytes()];
        for part in always.into_iter().chain(secrets.as_ref().map(<[u8; 32]>::as_slice)) {
            digest.update(part.len().to_be_bytes());
            digest.update(part);
        }
        if let Some(reference) = &job.reference {
            digest.update(reference.len().to_be_bytes());
            digest.update(reference);
        }
    }
    digest.finalize().to_vec()
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::{Delivery, Fingerprint, Lane, NewJob, NewSecrets, Options, Source, fingerprint};
    use crate::options::{Area, Backdrop, ImageFormat, Output, Screenshot, TargetUrl};
    use crate::secret::{Header, Keyring, Secrets};

    fn job() -> NewJob {
        let output = Output::Screenshot(Screenshot {
            format: ImageFormat::Png,
            area: Area::Viewport,
            backdrop: Backdrop::White,
        });
        let source = Source::Html("<p>".to_owned());
        NewJob {
            source,
            options: Options::new(output),
            lane: Lane::Interactive,
            secrets: NewSecrets::default(),
            reference: None,
        }
    }

    fn with_header(value: &str, keys: &str) -> Fingerprint {
        let headers = vec![Header { name: "X-Token".to_owned(), value: value.into() }];
        let keyring = Keyring::parse(keys).expect("keys");
        let target = TargetUrl::parse("https://example.com/").ok();
        let secrets =
            NewSecrets::new(&Secrets { headers, ..Secrets::default() }, target.as_ref(), &keyring).expect("valid");
        fingerprint(Delivery::Wait, &NewJob { secrets, ..job() })
    }

    /// Versions run side by side during an upgrade, and a key lives for a day: an option
    /// that is added must not change the fingerprint of calls that do not use it.
    #[test]
    fn the_fingerprint_of_a_call_is_the_same_in_every_version() {
        let expected = [
            131, 128, 194, 254, 240, 151, 239, 116, 36, 54, 128, 192, 65, 245, 36, 139, 98, 124, 134, 153, 121, 138,
            199, 176, 230, 68, 210, 75, 19, 243, 173, 27,
        ];

        let fingerprint = fingerprint(Delivery::Wait, &job());

        assert_eq!(fingerprint, Fingerprint { digest: expected.to_vec(), older: Vec::new() });
    }

    #[test]
    fn calls_that_differ_in_their_secrets_have_different_fingerprints() {
        let key = Keyring::generate();
        let key = key.expose_secret();

        assert_eq!(with_header("a", key), with_header("a", key));
        assert_ne!(with_header("a", key), with_header("b", key));
        assert_ne!(with_header("a", key), fingerprint(Delivery::Wait, &job()));
    }

    #[test]
    fn a_call_is_recognized_by_every_key_of_the_operator() {
        let (old, new) = (Keyring::generate(), Keyring::generate());
        let (old, new) = (old.expose_secret(), new.expose_secret());
        let before = with_header("a", old);

        let rotated = with_header("a", &format!("{new},{old}"));

        assert_ne!(rotated.digest, before.digest);
        assert_eq!(rotated.older, [before.digest]);
    }
}
