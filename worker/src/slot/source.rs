//! Reading what a job renders: its document, and its secrets.

use domain::DbError;
use domain::db::is_away;
use domain::id::JobId;
use domain::job::{Claim, ErrorCode, RenderRequest, Target};
use domain::options::TargetUrl;
use domain::secret::{OpenError, Secrets, StoredSecrets};
use tracing::{error, warn};

use super::context::SlotContext;
use super::outcome::RenderOutcome;
use crate::render::RenderError;

/// What a job renders, as it was submitted.
pub(super) enum Source<'a> {
    Url(&'a TargetUrl),
    Html(Vec<u8>),
}

/// Returns what a job renders, or why the attempt fails without it.
pub(super) fn request(claim: &Claim) -> Result<&RenderRequest, RenderError> {
    // A worker of a later version may be able to read the options.
    claim.request.as_ref().map_err(|invalid| RenderError::transient(ErrorCode::WorkerLost, invalid.to_string()))
}

/// Reads the target of a job.
pub(super) async fn read<'a>(
    context: &SlotContext,
    job: JobId,
    request: &'a RenderRequest,
) -> Result<Source<'a>, RenderOutcome> {
    match &request.target {
        Target::Url(url) => Ok(Source::Url(url)),
        Target::Html(stored) => match stored.read(&context.db).await {
            Ok(Some(html)) => Ok(Source::Html(html)),
            Ok(None) => {
                let message = "the html of this job is no longer stored";
                Err(RenderOutcome::Failed(RenderError::permanent(ErrorCode::NavigationFailed, message)))
            }
            Err(error) => Err(read_failed(context, job, "html", &error)),
        },
    }
}

/// Reads and decrypts the secrets of a job, which most do not have.
pub(super) async fn secrets(
    context: &SlotContext,
    job: JobId,
    request: &RenderRequest,
) -> Result<Secrets, RenderOutcome> {
    match &request.secrets {
        Some(stored) => open(context, job, stored).await,
        None => Ok(Secrets::default()),
    }
}

async fn open(context: &SlotContext, job: JobId, stored: &StoredSecrets) -> Result<Secrets, RenderOutcome> {
    stored.open(&context.db, &context.keyring).await.map_err(|error| {
        match &error {
            OpenError::Db(error) => return read_failed(context, job, "secrets", error),
            // Usually the job was cancelled after its claim.
            OpenError::Gone => warn!(job.id = %job, "cannot open the secrets of the job: {error}"),
            OpenError::UnknownKey(_) | OpenError::Tampered(_) => {
                error!(job.id = %job, "cannot open the secrets of the job: {error}");
            }
        }
        let message = "the headers, cookies or credentials of this job could not be read: submit it again";
        RenderOutcome::Failed(RenderError::permanent(ErrorCode::SecretsUnavailable, message))
    })
}

fn read_failed(context: &SlotContext, job: JobId, what: &str, error: &DbError) -> RenderOutcome {
    if is_away(error) {
        context.health.report("read_source", error);
        return RenderOutcome::SourceUnavailable;
    }
    error!(job.id = %job, "cannot read the {what} of the job: {error}");
    RenderOutcome::Failed(RenderError::transient(
        ErrorCode::WorkerLost,
        format!("no worker could read the {what} of this job"),
    ))
}
