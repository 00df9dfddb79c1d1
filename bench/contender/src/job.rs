//! A job: its account, when it was sent, and padding to the size that all jobs have.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::OPTIONS_BYTES;

/// A job, as it is enqueued and as it is read again when it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Job {
    /// Its account.
    pub account: u32,
    /// When the call that enqueued it began, in microseconds of the Unix epoch.
    pub sent: u64,
}

impl Job {
    /// Creates a job of an account, sent now.
    pub fn now(account: u32) -> Self {
        Self { account, sent: unix_micros() }
    }

    /// Returns its options as JSON, of [`OPTIONS_BYTES`].
    pub fn options(&self) -> Value {
        let bare = self.with_padding(0).to_string().len();
        self.with_padding(OPTIONS_BYTES.saturating_sub(bare))
    }

    fn with_padding(&self, bytes: usize) -> Value {
        json!({ "account": self.account, "sent": self.sent, "padding": "x".repeat(bytes) })
    }

    /// Reads options as [`options`](Self::options) writes them; missing values are 0.
    pub fn from_options(options: &Value) -> Self {
        let number = |field: &str| options.get(field).and_then(Value::as_u64).unwrap_or(0);
        Self { account: u32::try_from(number("account")).unwrap_or(0), sent: number("sent") }
    }
}

/// Returns the time, in microseconds of the Unix epoch.
pub(crate) fn unix_micros() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::Job;

    #[test]
    fn a_job_has_256_bytes_of_options_and_reads_back() {
        for account in [0, 7, 999] {
            let job = Job::now(account);

            assert_eq!(job.options().to_string().len(), 256);
            assert_eq!(Job::from_options(&job.options()), job);
        }
    }
}
