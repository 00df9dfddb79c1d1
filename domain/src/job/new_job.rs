//! Jobs that are about to be submitted.

use std::time::Duration;

use sha2::{Digest, Sha256};

use super::delivery::Delivery;
use super::lane::Lane;
use super::lease::GRACE;
use crate::idempotency::Fingerprint;
use crate::options::stored::StoredOptions;
use crate::options::{Options, Source};

/// A job to submit.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// The page to render.
    pub source: Source,
    /// How to render it.
    pub options: Options,
    /// The lane it is queued in.
    pub lane: Lane,
}

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
    digest(prefix, std::slice::from_ref(job))
}

/// The fingerprint of a call for a batch.
pub fn fingerprint_batch(jobs: &[NewJob]) -> Fingerprint {
    digest("bulk", jobs)
}

fn digest(prefix: &str, jobs: &[NewJob]) -> Fingerprint {
    let mut digest = Sha256::new_with_prefix(prefix);
    for job in jobs {
        // Options consist of strings, numbers and enums, which always serialize.
        let options = serde_json::to_vec(&job.stored_options()).unwrap_or_default();
        let html = job.html().unwrap_or_default();
        for part in [options.as_slice(), &job.lane.number().to_be_bytes(), html.as_bytes()] {
            digest.update(part.len().to_be_bytes());
            digest.update(part);
        }
    }
    Fingerprint(digest.finalize().to_vec())
}

#[cfg(test)]
mod tests {
    use super::{Delivery, Lane, NewJob, Options, Source, fingerprint};
    use crate::options::{Area, ImageFormat, Output, Screenshot};

    /// Versions run side by side during an upgrade, and a key lives for a day: an option
    /// that is added must not change the fingerprint of calls that do not use it.
    #[test]
    fn the_fingerprint_of_a_call_is_the_same_in_every_version() {
        let output = Output::Screenshot(Screenshot { format: ImageFormat::Png, area: Area::Viewport });
        let source = Source::Html("<p>".to_owned());
        let job = NewJob { source, options: Options::new(output), lane: Lane::Interactive };

        let fingerprint = fingerprint(Delivery::Wait, &job);

        let expected = [
            131, 128, 194, 254, 240, 151, 239, 116, 36, 54, 128, 192, 65, 245, 36, 139, 98, 124, 134, 153, 121, 138,
            199, 176, 230, 68, 210, 75, 19, 243, 173, 27,
        ];
        assert_eq!(fingerprint.0, expected);
    }
}
