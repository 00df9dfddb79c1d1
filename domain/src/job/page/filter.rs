//! Filters: which of an account's jobs are listed.

use chrono::{DateTime, Utc};

use crate::id::BatchId;
use crate::job::new_job::MAX_REFERENCE_CHARS;
use crate::job::state::JobState;
use crate::options::JobType;

/// The end of the year 9999: no job is submitted later.
const LAST_SECOND: i64 = 253_402_300_799;

/// Which of an account's jobs are listed: those that match every part that is set.
#[derive(Debug, Clone, Default)]
pub struct JobFilter {
    /// Jobs in this state.
    pub state: Option<JobState>,
    /// Jobs of this type.
    pub kind: Option<JobType>,
    /// Jobs of this batch.
    pub batch: Option<BatchId>,
    /// Jobs that were submitted at this time or later.
    pub since: Option<DateTime<Utc>>,
    /// Jobs with this reference.
    pub reference: Option<Reference>,
}

/// The customer's own name for jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference(String);

/// No job can have such a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to {MAX_REFERENCE_CHARS} characters, without U+0000")]
pub struct InvalidReference;

impl Reference {
    /// Reads a reference as it was sent.
    pub fn parse(raw: String) -> Result<Self, InvalidReference> {
        let is_valid = (1..=MAX_REFERENCE_CHARS).contains(&raw.chars().count()) && !raw.contains('\0');
        if is_valid { Ok(Self(raw)) } else { Err(InvalidReference) }
    }
}

impl JobFilter {
    /// The reference that jobs must have.
    pub(super) fn reference(&self) -> Option<&str> {
        self.reference.as_ref().map(|reference| reference.0.as_str())
    }

    /// The time since when jobs are listed, within what the database can store.
    pub(super) fn since(&self) -> Option<DateTime<Utc>> {
        let last = DateTime::from_timestamp(LAST_SECOND, 0).unwrap_or(DateTime::UNIX_EPOCH);
        self.since.map(|since| since.clamp(DateTime::UNIX_EPOCH, last))
    }

    /// Whether every job passes that an index finds for it.
    pub(super) fn passes_everything(&self) -> bool {
        let Self { state, kind, batch, since, reference } = self;
        let only_one_of_both = batch.is_none() || reference.is_none();
        state.is_none() && kind.is_none() && since.is_none() && only_one_of_both
    }

    /// What a cursor is bound to. Each part has its length before it, so no two filters are equal.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let Self { state, kind, batch, since, reference: _ } = self;
        let parts = [
            state.map(|state| state.name().to_owned()),
            kind.map(|kind| kind.name().to_owned()),
            batch.map(|batch| batch.to_string()),
            since.map(|since| since.timestamp_micros().to_string()),
            self.reference().map(str::to_owned),
        ];
        let mut bytes = Vec::new();
        for part in parts {
            let part = part.map(String::into_bytes);
            bytes.extend(part.as_ref().map_or(0, |part| part.len() + 1).to_be_bytes());
            bytes.extend(part.unwrap_or_default());
        }
        bytes
    }
}
