//! A job, as its owner sees it.

use chrono::{DateTime, Utc};
use domain::id::JobId;
use domain::job::{self, State};
use poem_openapi::{Enum, Object};

/// A job that was accepted.
#[derive(Debug, Clone, Object)]
pub(crate) struct Accepted {
    /// By which to ask after it.
    pub(crate) job_id: String,
    /// `queued`.
    pub(crate) status: JobStatus,
    /// Where to ask after it.
    pub(crate) poll_url: String,
}

/// A job, as it stands.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct Job {
    /// By which it is asked after.
    pub(crate) job_id: String,
    /// What kind of file it makes.
    #[oai(rename = "type")]
    pub(crate) kind: JobType,
    /// The file's format: `png`, `jpeg`, `webp`, or the size of a sheet.
    pub(crate) format: String,
    /// Where it stands.
    pub(crate) status: JobStatus,
    /// With which others it was submitted.
    pub(crate) batch_id: Option<String>,
    /// Your own word for it.
    pub(crate) reference: Option<String>,
    /// When it was submitted.
    pub(crate) created_at: DateTime<Utc>,
    /// When its last attempt began.
    pub(crate) started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub(crate) completed_at: Option<DateTime<Utc>>,
    /// How often a worker took it on.
    pub(crate) attempt: i16,
    /// Where its result is, once it has completed.
    pub(crate) result_url: Option<String>,
    /// When its result is gone.
    pub(crate) expires_at: Option<DateTime<Utc>>,
    /// Why it failed, for programs.
    pub(crate) error_code: Option<String>,
    /// Why it failed, for people. Contains `Timeout` where a budget ran out.
    pub(crate) error_message: Option<String>,
    /// Where the time of its render went.
    pub(crate) timings: Option<Timings>,
    /// What its page was kept from reaching, where there was anything.
    pub(crate) blocked: Option<Vec<Blocked>>,
}

/// What kind of file a job makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "lowercase")]
pub(crate) enum JobType {
    Screenshot,
    Pdf,
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "lowercase")]
pub(crate) enum JobStatus {
    /// It waits for a worker.
    Queued,
    /// A worker renders it.
    Processing,
    /// Its result can be fetched.
    Completed,
    /// It ended without a result and was refunded.
    Failed,
}

/// Where the time of a render went, in milliseconds.
#[derive(Debug, Clone, Object)]
pub(crate) struct Timings {
    /// Of `navigate_ms`, what it took to resolve and connect to the page's own host.
    pub(crate) connect_ms: u64,
    /// Until the page began to arrive.
    pub(crate) navigate_ms: u64,
    /// Until it was ready, the delay asked for included.
    pub(crate) wait_ms: u64,
    /// Until the file was made.
    pub(crate) capture_ms: u64,
    /// All of it, from the render's start to its end.
    pub(crate) total_ms: u64,
}

/// What a page was kept from reaching.
#[derive(Debug, Clone, Object)]
pub(crate) struct Blocked {
    /// Why.
    pub(crate) class: BlockedClass,
    /// How often.
    pub(crate) count: u64,
}

/// Why a page was kept from reaching something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub(crate) enum BlockedClass {
    /// Its address is not on the public internet.
    PrivateAddress,
    /// Its name is reserved for private networks.
    Name,
    /// Its port is not one that pages come from.
    Port,
    /// The page had asked for as much as one page may.
    Budget,
}

impl Accepted {
    pub(crate) fn new(job: JobId) -> Self {
        Self { job_id: job.to_string(), status: JobStatus::Queued, poll_url: format!("/v1/jobs/{job}") }
    }
}

impl From<job::Job> for Job {
    fn from(job: job::Job) -> Self {
        Self {
            job_id: job.id.to_string(),
            kind: job.kind.into(),
            format: job.format.to_owned(),
            status: job.state.into(),
            batch_id: job.batch.map(|batch| batch.to_string()),
            reference: job.reference,
            created_at: job.created_at,
            started_at: job.started_at,
            completed_at: job.completed_at,
            attempt: job.attempt,
            result_url: (job.state == State::Completed).then(|| format!("/v1/jobs/{}/result", job.id)),
            expires_at: job.expires_at,
            error_code: job.error_code,
            error_message: job.error_message,
            timings: job.timings.map(Timings::from),
            blocked: (!job.blocked.is_empty()).then(|| job.blocked.iter().map(Blocked::from).collect()),
        }
    }
}

impl From<job::JobType> for JobType {
    fn from(kind: job::JobType) -> Self {
        match kind {
            job::JobType::Screenshot => Self::Screenshot,
            job::JobType::Pdf => Self::Pdf,
        }
    }
}

impl From<State> for JobStatus {
    fn from(state: State) -> Self {
        match state {
            State::Queued => Self::Queued,
            State::Processing => Self::Processing,
            State::Completed => Self::Completed,
            State::Failed => Self::Failed,
        }
    }
}

impl From<job::Timings> for Timings {
    fn from(timings: job::Timings) -> Self {
        let job::Timings { connect_ms, navigate_ms, wait_ms, capture_ms, total_ms } = timings;
        Self { connect_ms, navigate_ms, wait_ms, capture_ms, total_ms }
    }
}

impl From<(job::BlockedClass, u64)> for Blocked {
    fn from((class, count): (job::BlockedClass, u64)) -> Self {
        let class = match class {
            job::BlockedClass::PrivateAddress => BlockedClass::PrivateAddress,
            job::BlockedClass::Name => BlockedClass::Name,
            job::BlockedClass::Port => BlockedClass::Port,
            job::BlockedClass::Budget => BlockedClass::Budget,
        };
        Self { class, count }
    }
}
