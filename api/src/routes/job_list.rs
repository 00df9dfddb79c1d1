//! `GET /v1/jobs`

use chrono::{DateTime, Utc};
use domain::job::{self, Cursor, JobFilter, Reference};
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::Query;
use uuid::Uuid;

use super::tag::Tag;
use crate::app::App;
use crate::error::body::FieldError;
use crate::error::code::Code;
use crate::error::documented::{DocumentedError, ErrorCodes};
use crate::error::problem::Problem;
use crate::extract::auth::{Auth, Read};
use crate::extract::json::StrictJson;
use crate::wire::response::job::{JobStatus, JobType};
use crate::wire::response::job_list::JobList;

/// How many jobs a page has unless `limit` is sent.
const DEFAULT_LIMIT: u8 = 20;

pub(crate) struct JobListApi;

pub(crate) struct ListJobsErrors;

impl ErrorCodes for ListJobsErrors {
    const CODES: &'static [Code] = &[Code::InvalidApiKey, Code::ValidationError, Code::DatabaseUnavailable];
}

#[OpenApi]
impl JobListApi {
    /// List your jobs
    ///
    /// Returns the jobs of your account, newest first. Jobs are listed for 30 days. Filters can be
    /// combined: a job is listed if it matches all of them.
    ///
    /// If the response has a `next_cursor`, send it as `cursor`, with the same filters, for the
    /// next page. A page may have fewer jobs than `limit`, or none, although there are more: at
    /// most 5,000 jobs are examined for one page. Only a response without `next_cursor` is the
    /// last page. Jobs that are submitted between two pages are on no later one, so no job
    /// is listed twice.
    #[expect(clippy::too_many_arguments, reason = "they are the parameters of the operation")]
    #[oai(path = "/v1/jobs", method = "get", operation_id = "listJobs", tag = "Tag::Jobs")]
    async fn jobs(
        &self,
        app: Data<&App>,
        auth: Auth<Read>,
        /// Lists jobs with this status.
        status: Query<Option<JobStatus>>,
        /// Lists jobs of this type.
        #[oai(name = "type")]
        kind: Query<Option<JobType>>,
        /// Lists jobs with exactly this `reference`.
        #[oai(validator(max_length = 128))]
        reference: Query<Option<String>>,
        /// Lists the jobs of this batch.
        batch_id: Query<Option<Uuid>>,
        /// Lists jobs that were submitted at this time or later, such as `2026-01-31T12:00:00Z`.
        since: Query<Option<DateTime<Utc>>>,
        /// The `next_cursor` of the previous page.
        #[oai(validator(max_length = 200))]
        cursor: Query<Option<String>>,
        /// The number of jobs per page, 1 to 100. The default is 20.
        #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<Option<u8>>,
    ) -> Result<StrictJson<JobList>, DocumentedError<ListJobsErrors>> {
        let filter = JobFilter {
            state: status.0.map(Into::into),
            kind: kind.0.map(Into::into),
            batch: batch_id.0.map(Into::into),
            since: since.0,
            reference: reference.0.map(Reference::parse).transpose().map_err(|error| invalid("reference", &error))?,
        };
        let after = cursor.0.map(|cursor| Cursor::parse(&cursor, &auth.0, &filter)).transpose();
        let after = after.map_err(|error| invalid("cursor", &error))?;
        let page = job::page(&app.db, &auth.0, &filter, after, limit.0.unwrap_or(DEFAULT_LIMIT).into()).await?;
        let next_cursor = page.next.map(|cursor| cursor.text(&auth.0, &filter));
        Ok(StrictJson(JobList { jobs: page.jobs.into_iter().map(Into::into).collect(), next_cursor }))
    }
}

fn invalid(parameter: &str, error: &impl ToString) -> Problem {
    Problem::invalid(vec![FieldError::new(parameter, error.to_string())])
}
