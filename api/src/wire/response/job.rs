//! Jobs in responses.

use chrono::{DateTime, Utc};
use domain::id::JobId;
use domain::job::{self, JobState};
use poem_openapi::{Enum, Object};

use crate::wire::response::warning::Warning;

/// An accepted job.
#[derive(Debug, Clone, Object)]
pub(crate) struct Accepted {
    /// The job's id: use it with `GET /v1/jobs/{job_id}`.
    pub(crate) job_id: String,
    /// Always `queued`.
    pub(crate) status: JobStatus,
    /// The path of the job, to poll its status.
    pub(crate) poll_url: String,
}

/// A job and its current status.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct Job {
    /// The job's id.
    pub(crate) job_id: String,
    /// The type of the job.
    #[oai(rename = "type")]
    pub(crate) kind: JobType,
    /// The image format (`png`, `jpeg`, `webp`) or the paper size (such as `A4`).
    pub(crate) format: String,
    /// The status of the job.
    pub(crate) status: JobStatus,
    /// The id of the batch that the job was submitted in. Absent for a single job.
    pub(crate) batch_id: Option<String>,
    /// Your own name for the job.
    pub(crate) reference: Option<String>,
    /// When the job was submitted.
    pub(crate) created_at: DateTime<Utc>,
    /// When the latest attempt started. Absent while the job has not started.
    pub(crate) started_at: Option<DateTime<Utc>>,
    /// When the job completed or failed. Absent until then.
    pub(crate) completed_at: Option<DateTime<Utc>>,
    /// The number of attempts to render, including the current one: 0 while the job has not started.
    pub(crate) attempt: i16,
    /// The path of the file, relative to this service. Present once the job has completed.
    pub(crate) result_url: Option<String>,
    /// When the file is deleted. Present once the job has completed.
    pub(crate) expires_at: Option<DateTime<Utc>>,
    /// Why the job failed, for programs. Present once the job has failed.
    pub(crate) error_code: Option<String>,
    /// Why the job failed, for people. Contains the word `Timeout` if the job timed out.
    pub(crate) error_message: Option<String>,
    /// The job's place in the order in which jobs of its priority start, from 1. Present while the
    /// job is queued and fewer than 1,000 jobs are before it; absent in lists.
    pub(crate) queue_position: Option<i64>,
    /// The duration of each phase of the render, in milliseconds. Present once the job has
    /// completed, or has failed during a render.
    pub(crate) timings: Option<Timings>,
    /// The requests of the page that were denied or exceeded a traffic budget, if any. Requests that
    /// the options of the job block are not counted.
    pub(crate) blocked: Option<Vec<Blocked>>,
    /// The HTTP status of the main document, such as 200.
    pub(crate) target_status: Option<u16>,
    /// The URL of the main document, after redirects and without credentials, at most 8192 bytes.
    pub(crate) final_url: Option<String>,
    /// The browser that rendered, such as `Chromium 156.0.8078.108`.
    pub(crate) browser: Option<String>,
    /// What a person should know of the result, if anything.
    pub(crate) warnings: Option<Vec<Warning>>,
}

/// The type of a job: `screenshot` produces an image, and `pdf` a PDF.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "lowercase")]
pub(crate) enum JobType {
    Screenshot,
    Pdf,
}

/// The status of a job.
///
/// * `queued`: waiting for a worker.
/// * `processing`: being rendered.
/// * `completed`: the file is available.
/// * `failed`: ended without a file, and refunded. `error_code` says why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "lowercase")]
pub(crate) enum JobStatus {
    /// Waiting for a worker.
    Queued,
    /// Being rendered.
    Processing,
    /// The result is available.
    Completed,
    /// Finished without a result, and refunded.
    Failed,
}

/// The duration of each phase of a render, in milliseconds.
#[derive(Debug, Clone, Object)]
pub(crate) struct Timings {
    /// Time to resolve the page's host and connect to it. Part of `navigate_ms`.
    pub(crate) connect_ms: u64,
    /// From the start of the navigation to the start of the response.
    pub(crate) navigate_ms: u64,
    /// Waiting until the page was ready, including `delay_ms`.
    pub(crate) wait_ms: u64,
    /// Producing the file.
    pub(crate) capture_ms: u64,
    /// The whole render.
    pub(crate) total_ms: u64,
}

/// Blocked requests of a page.
#[derive(Debug, Clone, Object)]
pub(crate) struct Blocked {
    /// Why the requests were blocked.
    pub(crate) class: BlockedClass,
    /// The number of requests blocked.
    pub(crate) count: u64,
}

/// Why a request was blocked.
///
/// * `private_address`: the address is not on the public internet.
/// * `name`: the host name is reserved for private networks.
/// * `port`: the port is not allowed.
/// * `budget`: the page exceeded its traffic budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub(crate) enum BlockedClass {
    /// The address is not on the public internet.
    PrivateAddress,
    /// The host name is reserved for private networks.
    Name,
    /// The port is not allowed.
    Port,
    /// The page exceeded its traffic budget.
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
            result_url: (job.state == JobState::Completed).then(|| format!("/v1/jobs/{}/result", job.id)),
            expires_at: job.expires_at,
            error_code: job.error_code.map(|code| code.name().to_owned()),
            error_message: job.error_message,
            queue_position: job.queue_position,
            timings: job.timings.map(Timings::from),
            blocked: (!job.blocked.is_empty()).then(|| job.blocked.iter().map(Blocked::from).collect()),
            target_status: job.report.target_status,
            final_url: job.report.final_url,
            browser: job.report.browser,
            warnings: Warning::list(&job.report.warnings),
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

impl From<JobType> for job::JobType {
    fn from(kind: JobType) -> Self {
        match kind {
            JobType::Screenshot => Self::Screenshot,
            JobType::Pdf => Self::Pdf,
        }
    }
}

impl From<JobStatus> for JobState {
    fn from(status: JobStatus) -> Self {
        match status {
            JobStatus::Queued => Self::Queued,
            JobStatus::Processing => Self::Processing,
            JobStatus::Completed => Self::Completed,
            JobStatus::Failed => Self::Failed,
        }
    }
}

impl From<JobState> for JobStatus {
    fn from(state: JobState) -> Self {
        match state {
            JobState::Queued => Self::Queued,
            JobState::Processing => Self::Processing,
            JobState::Completed => Self::Completed,
            JobState::Failed => Self::Failed,
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
