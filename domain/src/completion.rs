//! Completions: renders that are stored, alone or together.

use std::borrow::Cow;
use std::io;

use serde_json::Value;

use crate::DbError;
use crate::gather::{Gather, Limits};
use crate::id::JobId;

/// The completions of this process that wait for each other.
pub(crate) type Completions = Gather<Completion<'static>, Stored>;

/// How many statements store completions at once: while one waits for the disk, another runs.
const PERMITS: usize = 2;

/// The most that one statement stores. With more jobs, more of their rows do not fit on their pages any more, and
/// each costs more WAL than when it is stored alone. The values count as small, so no permit is needed.
const LIMITS: Limits = Limits { items: 16, bytes: 240 * 1024 };

/// Files above this size are stored alone: to gather one, it is copied.
pub(crate) const MAX_GATHERED_BYTES: usize = 64 * 1024;

/// A render to store.
#[derive(Debug)]
pub(crate) struct Completion<'a> {
    pub(crate) job: JobId,
    /// The number of its lease.
    pub(crate) lease: i64,
    pub(crate) timings: Value,
    /// How long the worker rendered.
    pub(crate) work_ms: u64,
    pub(crate) content_type: &'static str,
    pub(crate) digest: Vec<u8>,
    pub(crate) bytes: Cow<'a, [u8]>,
    pub(crate) blocked: Option<Value>,
    pub(crate) report: Option<Value>,
    pub(crate) thumbnail: Option<Cow<'a, [u8]>>,
}

/// What became of a completion.
#[derive(Debug)]
pub(crate) enum Stored {
    /// The job completed.
    Completed,
    /// The lease does not hold the job any more.
    Lost,
    /// It was not stored with those of others. A statement of its own finds out why, or waits for
    /// the one that holds the row.
    Alone,
    /// The database did not respond, and it may have been stored.
    Unknown(DbError),
}

impl Completion<'_> {
    /// What counts against the limit of a statement.
    pub(crate) fn size(&self) -> usize {
        self.bytes.len() + self.thumbnail.as_ref().map_or(0, |bytes| bytes.len())
    }

    /// Copies what is borrowed.
    pub(crate) fn into_owned(self) -> Completion<'static> {
        let Self { job, lease, timings, work_ms, content_type, digest, bytes, blocked, report, thumbnail } = self;
        let bytes = bytes.into_owned().into();
        let thumbnail = thumbnail.map(|bytes| bytes.into_owned().into());
        Completion { job, lease, timings, work_ms, content_type, digest, bytes, blocked, report, thumbnail }
    }
}

impl Stored {
    /// The response to the statement of another caller was lost.
    pub(crate) fn lost() -> Self {
        let message = "the response to a statement for several jobs was lost";
        Self::Unknown(io::Error::new(io::ErrorKind::ConnectionAborted, message).into())
    }
}

/// Returns a place where completions gather.
pub(crate) fn completions() -> Completions {
    Gather::new(PERMITS, LIMITS)
}
