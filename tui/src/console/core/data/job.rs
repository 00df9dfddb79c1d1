//! Data about jobs.

use domain::id::JobId;
use domain::job::browse::{JobPage, JobProgress};
use domain::job::{Job, Trail};

/// Data about jobs.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum JobData {
    /// The first page.
    Page(JobPage),
    /// The page behind this job.
    Next(JobId, JobPage),
    /// What has become of jobs.
    Progress(Vec<JobProgress>),
    /// How many jobs are newer than this one.
    Newer(JobId, i64),
    /// The jobs that match: one more than can be changed at once, if there are more.
    Matches(Vec<JobId>),
    /// Everything about a job; `None` if it does not exist.
    #[serde(skip)]
    Detail(JobId, Option<Box<JobDetail>>),
}

/// Everything about a job.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct JobDetail {
    /// The job.
    pub(crate) job: Job,
    /// What happened to it.
    pub(crate) trail: Trail,
}
