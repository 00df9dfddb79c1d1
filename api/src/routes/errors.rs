//! What each error of the domain is on the wire.

use domain::DbError;
use domain::job::SubmitError;
use domain::result::FindError;

use crate::problem::{Code, Problem};

impl From<DbError> for Problem {
    #[expect(clippy::wildcard_enum_match_arm, reason = "whatever is no absence is a mistake of ours")]
    fn from(error: DbError) -> Self {
        match error {
            DbError::PoolTimedOut | DbError::PoolClosed | DbError::Io(_) | DbError::Tls(_) => {
                tracing::warn!(%error, "the database is away");
                Self::new(Code::DatabaseUnavailable, "the database did not answer; try again").retry_after(2)
            }
            error => {
                tracing::error!(%error, "a statement failed");
                Self::new(Code::Internal, "something went wrong here")
            }
        }
    }
}

impl From<SubmitError> for Problem {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Unpaid => Self::new(Code::CreditsExhausted, "the account's credits do not pay for this job"),
            SubmitError::Suspended => Self::new(Code::AccountSuspended, "this account is suspended; ask the operator"),
            SubmitError::Db(error) => error.into(),
        }
    }
}

impl From<FindError> for Problem {
    fn from(error: FindError) -> Self {
        match error {
            FindError::NoSuchJob => no_such_job(),
            FindError::NotReady(state) => {
                let message = format!("the job is {}; its result comes when it has completed", state.name());
                Self::new(Code::JobNotReady, message).retry_after(1)
            }
            FindError::Failed { code, message } => {
                Self::new(Code::JobFailed, format!("{code}: {message}")).reason(code)
            }
            FindError::Expired(at) => {
                let at = at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
                Self::new(Code::ResultExpired, format!("the result was kept until {at}; submit the job again"))
            }
            FindError::Db(error) => error.into(),
        }
    }
}

/// The same for a job that never was, another account's, and an id that is none.
pub(crate) fn no_such_job() -> Problem {
    Problem::new(Code::JobNotFound, "your account has no such job")
}
