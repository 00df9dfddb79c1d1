//! The response to `POST /v1/bulk`.

use domain::job::Batch;
use poem_openapi::Object;

use crate::error::code::Code;

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
    /// Always `CREDITS_EXHAUSTED`.
    pub(crate) error_code: Option<String>,
    /// A human-readable message.
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
