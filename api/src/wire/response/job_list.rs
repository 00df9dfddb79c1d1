//! Lists of jobs: the response to `GET /v1/jobs`.

use poem_openapi::Object;

use crate::wire::response::job::Job;

/// A page of a list of jobs.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct JobList {
    /// The jobs, newest first.
    pub(crate) jobs: Vec<Job>,
    /// Send this as `cursor` for the next page. Absent on the last page.
    pub(crate) next_cursor: Option<String>,
}
