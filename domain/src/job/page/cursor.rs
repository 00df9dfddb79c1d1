//! Cursors: where the next page of a list starts.

use sha2::{Digest, Sha256};

use super::filter::JobFilter;
use crate::id::JobId;
use crate::key::Caller;

/// The place in a list after a job. On the wire it is opaque, and valid for the account and the
/// filter that it was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor(JobId);

/// The cursor was made for another account or another filter, or was not made here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a `next_cursor` of this list: send it unchanged and with the same filters, or leave it out")]
pub struct InvalidCursor;

/// How many bytes of the digest are sent: enough that nobody finds a valid cursor by trying.
const SEAL_BYTES: usize = 16;

/// How many hexadecimal digits an id has.
const ID_DIGITS: usize = 32;

impl Cursor {
    pub(super) fn after(job: JobId) -> Self {
        Self(job)
    }

    /// The job that it is after.
    pub(super) fn job(self) -> JobId {
        self.0
    }

    /// Reads a cursor as it was sent.
    pub fn parse(raw: &str, caller: &Caller, filter: &JobFilter) -> Result<Self, InvalidCursor> {
        let id = raw.get(..ID_DIGITS).ok_or(InvalidCursor)?;
        let cursor = Self(id.parse().map_err(|_| InvalidCursor)?);
        if cursor.text(caller, filter) == raw { Ok(cursor) } else { Err(InvalidCursor) }
    }

    /// The cursor as it is sent: the job's id, and a digest that only the account's own id leads
    /// to, which its clients never see. It protects nothing, as lists are limited to the account
    /// anyway: it makes a cursor that was mixed up an error, instead of a list with gaps.
    pub fn text(self, caller: &Caller, filter: &JobFilter) -> String {
        let mut digest = Sha256::new_with_prefix("cursor of jobs");
        digest.update(caller.account().to_string());
        digest.update(self.0.to_string());
        digest.update(filter.bytes());
        let seal = digest.finalize();
        let id = self.0.to_string().replace('-', "");
        seal.iter().take(SEAL_BYTES).fold(id, |text, byte| format!("{text}{byte:02x}"))
    }
}
