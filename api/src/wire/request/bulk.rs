//! The body of `POST /v1/bulk`.

use domain::job::NewJob;
use poem_openapi::types::Example;
use poem_openapi::{Object, Union};

use crate::error::code::Code;
use crate::error::problem::Problem;
use crate::wire::context::{Environment, ParseContext};
use crate::wire::request::pdf::PdfRequest;
use crate::wire::request::screenshot::ScreenshotRequest;

/// Jobs to submit together. They are always asynchronous.
#[derive(Debug, Clone, Object)]
#[oai(example)]
pub(crate) struct BulkRequest {
    /// 1 to 20 jobs of either type.
    #[oai(validator(min_items = 1, max_items = 20))]
    pub(crate) jobs: Vec<BulkJob>,
}

/// A job in a batch: its `type`, and the fields of that type.
#[derive(Debug, Clone, Union)]
#[oai(discriminator_name = "type", one_of = true)]
pub(crate) enum BulkJob {
    #[oai(mapping = "screenshot")]
    Screenshot(ScreenshotRequest),
    #[oai(mapping = "pdf")]
    Pdf(PdfRequest),
}

impl Example for BulkRequest {
    fn example() -> Self {
        Self { jobs: vec![BulkJob::Screenshot(ScreenshotRequest::example()), BulkJob::Pdf(PdfRequest::example())] }
    }
}

impl BulkRequest {
    /// Converts the request to jobs. Reports the invalid fields of all jobs.
    pub(crate) fn parse(self, environment: Environment<'_>) -> Result<Vec<NewJob>, Problem> {
        let mut errors = Vec::new();
        let mut jobs = Vec::new();
        for (index, job) in self.jobs.into_iter().enumerate() {
            match job.parse(index, environment) {
                Ok(job) => jobs.push(job),
                Err(problem) if problem.code == Code::ValidationError => errors.extend(problem.errors),
                Err(problem) => return Err(problem),
            }
        }
        if errors.is_empty() { Ok(jobs) } else { Err(Problem::invalid(errors)) }
    }
}

impl BulkJob {
    pub(crate) fn parse(self, index: usize, environment: Environment<'_>) -> Result<NewJob, Problem> {
        let prefix = format!("jobs[{index}].");
        let mut context = ParseContext::in_batch(&prefix, environment);
        let (job, _) = match self {
            Self::Screenshot(screenshot) => {
                screenshot.submission.reject_sync(&mut context);
                screenshot.parse(context)?
            }
            Self::Pdf(pdf) => {
                pdf.submission.reject_sync(&mut context);
                pdf.parse(context)?
            }
        };
        Ok(job)
    }
}
