//! Retrying a failed job: reading what it was submitted with, to submit it again.

use serde::Deserialize;

use super::lane::Lane;
use super::new_job::NewJob;
use super::state::JobState;
use crate::id::JobId;
use crate::key::Caller;
use crate::options::Source;
use crate::options::stored::{StoredOptions, StoredTarget};
use crate::secret::NewSecrets;
use crate::{Db, DbError};

/// Why a job cannot be submitted again.
#[derive(Debug, thiserror::Error)]
pub enum RetriableError {
    /// The caller has no such job.
    #[error("there is no such job")]
    NoSuchJob,
    /// Wait for its end: it may complete.
    #[error("the job has not ended yet")]
    NotReady(JobState),
    /// There is nothing to retry: it completed.
    #[error("the job completed")]
    Completed,
    /// Submit it again in full: its headers, cookies and credentials were deleted when it ended.
    #[error("the headers, cookies and credentials of the job were deleted when it ended")]
    SecretsGone,
    /// Submit the html again: it was deleted.
    #[error("the html of the job has been deleted")]
    SourceGone,
    /// Submit it again in full: a later version stored its options.
    #[error("the options of the job cannot be read")]
    UnreadableOptions,
    /// The database did not respond. Try again.
    #[error("the database did not respond")]
    Db(#[from] DbError),
}

/// Returns a failed job of the caller as it was submitted, to be submitted as a new one. It is
/// not in the batch of the failed job, but in its lane, as far as a job without a batch is
/// interactive.
pub async fn retriable(db: &Db, caller: &Caller, job: JobId) -> Result<NewJob, RetriableError> {
    let account = caller.account();
    #[cfg(feature = "mutant-owner")]
    let account = crate::mutant::owner(db, job, account).await;
    let row = sqlx::query!(
        r#"
        select
            state_of(job.state, queue.lease) as "state!: JobState",
            job.options,
            job.had_secrets,
            job.reference,
            job.batch is not null as "in_batch!",
            case when job.state = 'failed' then source_html(job.source_slot, job.id) end as html
        from job
        left join queue on queue.job = job.id
        where job.id = $1 and job.account = $2
        "#,
        job as _,
        account as _,
    )
    .fetch_optional(db)
    .await?
    .ok_or(RetriableError::NoSuchJob)?;
    match row.state {
        JobState::Queued | JobState::Processing => return Err(RetriableError::NotReady(row.state)),
        JobState::Completed => return Err(RetriableError::Completed),
        JobState::Failed => {}
    }
    if row.had_secrets {
        return Err(RetriableError::SecretsGone);
    }
    let stored = StoredOptions::deserialize(row.options).map_err(|_| RetriableError::UnreadableOptions)?;
    let (target, options) = stored.into_parts();
    let source = match target {
        StoredTarget::Url(url) => Source::Url(url),
        StoredTarget::Html => {
            let html = row.html.ok_or(RetriableError::SourceGone)?;
            Source::Html(String::from_utf8(html).map_err(|_| RetriableError::SourceGone)?)
        }
    };
    let lane = if row.in_batch { Lane::Bulk } else { Lane::Interactive };
    Ok(NewJob { source, options, lane, secrets: NewSecrets::default(), reference: row.reference })
}
