//! The responses to `POST /v1/bulk` and `GET /v1/bulk/{batch_id}`.

use domain::id::BatchId;
use domain::job::{self, Batch, JobState};
use poem_openapi::Object;

use crate::error::code::Code;
use crate::wire::response::job::Job;

/// The outcome of a batch submission.
#[derive(Debug, Clone, Object)]
pub(crate) struct BulkSubmitted {
    /// The number of jobs accepted.
    pub(crate) submitted: usize,
    /// The number of jobs not accepted because the credits ran out.
    pub(crate) failed: usize,
    /// The number of credits debited.
    pub(crate) credits_used: i64,
    /// The remaining credits of the account.
    pub(crate) credits_remaining: i64,
    /// The id that the jobs of this batch share.
    pub(crate) batch_id: String,
    /// One entry for each job in the request, in the same order.
    pub(crate) jobs: Vec<BulkEntry>,
}

/// The outcome of one job in a batch: either `job_id`, `status` and `poll_url`, or
/// `error_code` and `error_message`.
#[derive(Debug, Clone, Default, Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct BulkEntry {
    /// The index of the job in the request, starting at 0.
    pub(crate) index: usize,
    /// The job's id: use it with `GET /v1/jobs/{job_id}`.
    pub(crate) job_id: Option<String>,
    /// Always `queued`.
    pub(crate) status: Option<String>,
    /// The path of the job, to poll its status.
    pub(crate) poll_url: Option<String>,
    /// Why the job was not accepted: always `CREDITS_EXHAUSTED`.
    pub(crate) error_code: Option<String>,
    /// Why the job was not accepted, for people.
    pub(crate) error_message: Option<String>,
}

impl BulkSubmitted {
    /// Describes the outcome of a batch of `requested` jobs.
    pub(crate) fn new(batch: &Batch, requested: usize) -> Self {
        let entry = |index| match batch.jobs.get(index) {
            Some(job) => BulkEntry {
                index,
                job_id: Some(job.to_string()),
                status: Some("queued".to_owned()),
                poll_url: Some(format!("/v1/jobs/{job}")),
                ..BulkEntry::default()
            },
            None => BulkEntry {
                index,
                error_code: Some(Code::CreditsExhausted.name().to_owned()),
                error_message: Some("the account does not have enough credits; the job was not submitted".to_owned()),
                ..BulkEntry::default()
            },
        };
        Self {
            submitted: batch.jobs.len(),
            failed: requested.saturating_sub(batch.jobs.len()),
            credits_used: batch.credits_used,
            credits_remaining: batch.credits_remaining,
            batch_id: batch.id.to_string(),
            jobs: (0..requested).map(entry).collect(),
        }
    }
}

/// A batch and its jobs.
#[derive(Debug, Clone, Object)]
pub(crate) struct BatchStatus {
    /// The batch's id.
    pub(crate) batch_id: String,
    /// How many jobs have each status.
    pub(crate) counts: StatusCounts,
    /// The accepted jobs, in the order in which they were submitted.
    pub(crate) jobs: Vec<Job>,
}

/// How many jobs have each status.
#[derive(Debug, Clone, Default, Object)]
pub(crate) struct StatusCounts {
    /// Waiting for a worker.
    pub(crate) queued: usize,
    /// Being rendered.
    pub(crate) processing: usize,
    /// The result is available, or has expired.
    pub(crate) completed: usize,
    /// Finished without a result, and refunded.
    pub(crate) failed: usize,
}

impl BatchStatus {
    /// Describes a batch by its jobs, newest first.
    pub(crate) fn new(batch: BatchId, jobs: Vec<job::Job>) -> Self {
        let count = |state: JobState| jobs.iter().filter(|job| job.state == state).count();
        let counts = StatusCounts {
            queued: count(JobState::Queued),
            processing: count(JobState::Processing),
            completed: count(JobState::Completed),
            failed: count(JobState::Failed),
        };
        Self { batch_id: batch.to_string(), counts, jobs: jobs.into_iter().rev().map(Job::from).collect() }
    }
}
