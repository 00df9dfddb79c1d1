//! `GET` and `DELETE /v1/jobs/{job_id}`

use std::time::Duration;

use domain::job::{self, ErrorCode};
use poem::web::{Data, RemoteAddr};
use poem_openapi::OpenApi;
use poem_openapi::param::{Path, Query};
use tokio::time::sleep;

use super::tag::Tag;
use crate::app::App;
use crate::error::code::Code;
use crate::error::documented::{DocumentedError, ErrorCodes};
use crate::error::problem::{Problem, no_such_job};
use crate::extract::auth::{Auth, Read, Render};
use crate::extract::json::StrictJson;
use crate::wire::response::job::Job;

pub(crate) struct JobsApi;

pub(crate) struct GetJobErrors;

impl ErrorCodes for GetJobErrors {
    const CODES: &'static [Code] =
        &[Code::InvalidApiKey, Code::JobNotFound, Code::ValidationError, Code::DatabaseUnavailable];
}

pub(crate) struct CancelJobErrors;

impl ErrorCodes for CancelJobErrors {
    const CODES: &'static [Code] =
        &[Code::InvalidApiKey, Code::JobNotFound, Code::JobNotCancellable, Code::DatabaseUnavailable];
}

#[OpenApi]
impl JobsApi {
    /// Get a job
    ///
    /// With `wait_s`, the response is delayed until the job has ended, or for that many
    /// seconds.
    #[oai(path = "/v1/jobs/:job_id", method = "get", operation_id = "getJob", tag = "Tag::Jobs")]
    async fn job(
        &self,
        app: Data<&App>,
        client: &RemoteAddr,
        auth: Auth<Read>,
        /// The job's id.
        job_id: Path<String>,
        /// The maximum number of seconds to wait until the job has ended.
        #[oai(validator(maximum(value = "60")))]
        wait_s: Query<Option<u32>>,
    ) -> Result<StrictJson<Job>, DocumentedError<GetJobErrors>> {
        let id = job_id.parse().map_err(|_| no_such_job())?;
        let mut waiter = wait_s.0.filter(|&seconds| seconds > 0).map(|_| app.waiters.register(id));
        let mut job = job::fetch(&app.db, &auth.0, id).await?.ok_or_else(no_such_job)?;
        if let Some(waiter) = waiter.as_mut().filter(|_| !job.state.is_terminal()) {
            tokio::select! {
                () = waiter.ended() => {}
                () = sleep(Duration::from_secs(wait_s.0.unwrap_or_default().into())) => {}
                () = app.shutdown.cancelled() => {}
                () = app.clients.gone(client) => {}
            }
            job = job::fetch(&app.db, &auth.0, id).await?.ok_or_else(no_such_job)?;
        }
        Ok(StrictJson(job.into()))
    }

    /// Cancel a job
    ///
    /// A job that is queued or processing fails with the code `CANCELLED` and is refunded.
    /// Cancelling a cancelled job again succeeds.
    #[oai(path = "/v1/jobs/:job_id", method = "delete", operation_id = "cancelJob", tag = "Tag::Jobs")]
    async fn cancel(
        &self,
        app: Data<&App>,
        auth: Auth<Render>,
        /// The job's id.
        job_id: Path<String>,
    ) -> Result<StrictJson<Job>, DocumentedError<CancelJobErrors>> {
        let id = job_id.parse().map_err(|_| no_such_job())?;
        job::cancel(&app.db, &auth.0, id).await?;
        let job = job::fetch(&app.db, &auth.0, id).await?.ok_or_else(no_such_job)?;
        if job.error_code != Some(ErrorCode::Cancelled) {
            let message = format!("the job is {} and can no longer be cancelled", job.state.name());
            return Err(Problem::new(Code::JobNotCancellable, message).into());
        }
        Ok(StrictJson(job.into()))
    }
}
