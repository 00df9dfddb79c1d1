//! Jobs that are asked for together, and what became of them.

use domain::egress::Policy;
use domain::job::{Batch, Lane, NewJob};
use poem_openapi::types::Example;
use poem_openapi::{Object, Union};

use crate::problem::{Code, Problem};
use crate::wire::page::Sent;
use crate::wire::pdf::PdfRequest;
use crate::wire::screenshot::ScreenshotRequest;

/// Jobs to submit together; always asynchronous.
#[derive(Debug, Clone, Object)]
#[oai(example)]
pub(crate) struct BulkRequest {
    /// 1 to 20 jobs, of either type.
    #[oai(validator(min_items = 1, max_items = 20))]
    pub(crate) jobs: Vec<BulkJob>,
}

/// One job of a batch: its `type`, and the fields of that type.
#[derive(Debug, Clone, Union)]
#[oai(discriminator_name = "type", one_of = true)]
pub(crate) enum BulkJob {
    #[oai(mapping = "screenshot")]
    Screenshot(ScreenshotRequest),
    #[oai(mapping = "pdf")]
    Pdf(PdfRequest),
}

/// What became of a batch.
#[derive(Debug, Clone, Object)]
pub(crate) struct BulkSubmitted {
    /// How many jobs were accepted.
    pub(crate) submitted: usize,
    /// How many were not, because the credits ran out.
    pub(crate) failed: usize,
    /// What was debited.
    pub(crate) credits_used: i64,
    /// What the account has left.
    pub(crate) credits_remaining: i64,
    /// By which the jobs belong together.
    pub(crate) batch_id: String,
    /// One entry for each job that was sent, in order.
    pub(crate) jobs: Vec<BulkEntry>,
}

/// What became of one job of a batch: either `job_id`, `status` and `poll_url`, or
/// `error_code` and `error_message`.
#[derive(Debug, Clone, Default, Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct BulkEntry {
    /// Which of the jobs that were sent, counted from 0.
    pub(crate) index: usize,
    /// By which to ask after it.
    pub(crate) job_id: Option<String>,
    /// `queued`.
    pub(crate) status: Option<String>,
    /// Where to ask after it.
    pub(crate) poll_url: Option<String>,
    /// `CREDITS_EXHAUSTED`.
    pub(crate) error_code: Option<String>,
    /// For people.
    pub(crate) error_message: Option<String>,
}

impl Example for BulkRequest {
    fn example() -> Self {
        Self { jobs: vec![BulkJob::Screenshot(ScreenshotRequest::example()), BulkJob::Pdf(PdfRequest::example())] }
    }
}

impl BulkRequest {
    /// Reads all of it, and names everything that is wrong anywhere.
    pub(crate) fn parse(self, policy: &Policy) -> Result<Vec<NewJob>, Problem> {
        let mut errors = Vec::new();
        let mut jobs = Vec::new();
        for (index, job) in self.jobs.into_iter().enumerate() {
            match job.parse(index, policy) {
                Ok(job) => jobs.push(job),
                Err(problem) if problem.code == Code::ValidationError => errors.extend(problem.errors),
                Err(problem) => return Err(problem),
            }
        }
        if errors.is_empty() { Ok(jobs) } else { Err(Problem::invalid(errors)) }
    }
}

impl BulkJob {
    fn parse(self, index: usize, policy: &Policy) -> Result<NewJob, Problem> {
        let prefix = format!("jobs[{index}].");
        let mut sent = Sent { prefix: &prefix, policy, lane: Lane::Bulk, errors: Vec::new() };
        let (async_mode, alias) = match &self {
            Self::Screenshot(screenshot) => (screenshot.async_mode, screenshot.async_alias),
            Self::Pdf(pdf) => (pdf.async_mode, pdf.async_alias),
        };
        for (field, value) in [("async_mode", async_mode), ("async", alias)] {
            if value == Some(false) {
                sent.wrong(field, "cannot be false here: jobs of a batch are always asynchronous");
            }
        }
        let (job, _) = match self {
            Self::Screenshot(screenshot) => screenshot.parse(sent)?,
            Self::Pdf(pdf) => pdf.parse(sent)?,
        };
        Ok(job)
    }
}

impl BulkSubmitted {
    /// Tells what became of a batch of so many jobs.
    pub(crate) fn new(batch: &Batch, asked: usize) -> Self {
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
                error_code: Some("CREDITS_EXHAUSTED".to_owned()),
                error_message: Some("the account's credits do not pay for this job; it was not submitted".to_owned()),
                ..BulkEntry::default()
            },
        };
        Self {
            submitted: batch.jobs.len(),
            failed: asked.saturating_sub(batch.jobs.len()),
            credits_used: batch.credits_used,
            credits_remaining: batch.credits_remaining,
            batch_id: batch.id.to_string(),
            jobs: (0..asked).map(entry).collect(),
        }
    }
}
