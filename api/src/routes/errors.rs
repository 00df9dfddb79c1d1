//! What each error of the domain is on the wire.

use domain::job::SubmitError;
use domain::result::FindError;
use domain::{DbError, schema};

use super::limit;
use crate::problem::{Code, Problem, internal};
use crate::wire::error::FieldError;

impl From<DbError> for Problem {
    fn from(error: DbError) -> Self {
        if schema::is_away(&error) {
            tracing::warn!(%error, "the database is away");
            return Self::new(Code::DatabaseUnavailable, "the database did not answer; try again").retry_after(2);
        }
        tracing::error!(%error, "a statement failed");
        internal()
    }
}

impl From<SubmitError> for Problem {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Unpaid => Self::new(Code::CreditsExhausted, "the account's credits do not pay for this job"),
            SubmitError::Suspended => Self::new(Code::AccountSuspended, "this account is suspended; ask the operator"),
            SubmitError::Limited(rate) => {
                let message = format!(
                    "this account may submit {} jobs a minute, {} at once; nothing was debited",
                    rate.limit, rate.burst
                );
                let problem = Self::new(Code::RateLimitExceeded, message).retry_after(limit::whole(rate.wait_s).max(1));
                limit::headers(rate).into_iter().fold(problem, |problem, (name, value)| problem.header(name, &value))
            }
            SubmitError::KeyReused => {
                let message = "this `Idempotency-Key` was used for another call in the last 24 hours; use a new one";
                let field = FieldError::new("Idempotency-Key", "was used for another call");
                Self { errors: vec![field], ..Self::new(Code::IdempotencyKeyReused, message) }
            }
            SubmitError::Db(error) if schema::is_away(&error) => {
                let message = "the database did not answer; the job may have been submitted all the same: \
                    send it again with the same `Idempotency-Key`, or look at `/v1/balance` before you do";
                Self { message: message.to_owned(), ..error.into() }
            }
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
                Self::new(Code::JobFailed, format!("{code}: {message}")).reason(code.to_lowercase())
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
