//! Converts the errors of the domain to error responses.

use domain::account::RateOf;
use domain::job::{RetriableError, SubmitError};
use domain::key::InsufficientScope;
use domain::result::FindError;
use domain::usage::UsageError;
use domain::{DbError, db};

use crate::error::body::FieldError;
use crate::error::code::Code;
use crate::error::problem::{Problem, internal, no_such_job};
use crate::respond::headers::{rate_limit_headers, whole_seconds};

impl From<DbError> for Problem {
    fn from(error: DbError) -> Self {
        if db::is_away(&error) {
            tracing::warn!(error = db::describe(&error), "the database is unavailable");
            return Self::new(Code::DatabaseUnavailable, "the database did not respond; try again").retry_after(2);
        }
        tracing::error!(%error, "a database statement failed");
        internal()
    }
}

impl From<InsufficientScope> for Problem {
    fn from(error: InsufficientScope) -> Self {
        Self::new(Code::InsufficientScope, error.to_string())
    }
}

impl From<SubmitError> for Problem {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::InsufficientCredits => {
                Self::new(Code::CreditsExhausted, "the account does not have enough credits for this job")
            }
            SubmitError::Suspended => {
                Self::new(Code::AccountSuspended, "this account is suspended; contact the operator")
            }
            SubmitError::RateLimited(rate) => {
                let message = format!(
                    "this {} may submit {} jobs per minute, in bursts of up to {}; nothing was debited",
                    limited(rate.of),
                    rate.limit,
                    rate.burst
                );
                let problem =
                    Self::new(Code::RateLimitExceeded, message).retry_after(whole_seconds(rate.wait_s).max(1));
                rate_limit_headers(rate)
                    .into_iter()
                    .fold(problem, |problem, (name, value)| problem.header(name, &value))
            }
            SubmitError::KeyReused => {
                let message =
                    "this `Idempotency-Key` was used for a different request in the last 24 hours; use a new one";
                let field = FieldError::new("Idempotency-Key", "was used for a different request");
                Self { errors: vec![field], ..Self::new(Code::IdempotencyKeyReused, message) }
            }
            SubmitError::Db(error) if db::is_away(&error) => {
                let message = "the database did not respond; the job may have been submitted: retry with the same \
                    `Idempotency-Key`, or check `/v1/balance` before retrying without one";
                Self { message: message.to_owned(), ..error.into() }
            }
            SubmitError::Db(error) => error.into(),
        }
    }
}

fn limited(of: RateOf) -> &'static str {
    match of {
        RateOf::Account => "account",
        RateOf::Key => "API key",
    }
}

impl From<FindError> for Problem {
    fn from(error: FindError) -> Self {
        match error {
            FindError::NoSuchJob => no_such_job(),
            FindError::NotReady(state) => {
                let message = format!("the job is {}; its result is available once it has completed", state.name());
                Self::new(Code::JobNotReady, message).retry_after(1)
            }
            FindError::Failed { code, message } => {
                let code = code.name();
                Self::new(Code::JobFailed, format!("{code}: {message}")).reason(code.to_lowercase())
            }
            FindError::Expired(at) => {
                let at = at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
                Self::new(Code::ResultExpired, format!("the result expired at {at}; submit the job again"))
            }
            FindError::Db(error) => error.into(),
        }
    }
}

impl From<RetriableError> for Problem {
    fn from(error: RetriableError) -> Self {
        match error {
            RetriableError::NoSuchJob => no_such_job(),
            RetriableError::NotReady(state) => {
                let message = format!("the job is {}; only a failed job can be retried", state.name());
                Self::new(Code::JobNotReady, message).retry_after(1)
            }
            RetriableError::Completed => {
                Self::new(Code::JobNotRetryable, "the job is completed; only a failed job can be retried")
            }
            RetriableError::SecretsGone => {
                Self::new(Code::SecretsGone, format!("{error}; submit the job again in full"))
            }
            RetriableError::SourceGone => {
                Self::new(Code::ResultExpired, "the html of the job has been deleted; submit the job again")
            }
            RetriableError::UnreadableOptions => {
                let message = "the job was submitted to a later version of this service; submit the job again";
                Self::new(Code::JobNotRetryable, message)
            }
            RetriableError::Db(error) => error.into(),
        }
    }
}

impl From<UsageError> for Problem {
    fn from(error: UsageError) -> Self {
        match error {
            UsageError::FromOutOfCalendar | UsageError::Reversed | UsageError::TooLong => {
                Self::invalid(vec![FieldError::new("from", error.to_string())])
            }
            UsageError::ToOutOfCalendar => Self::invalid(vec![FieldError::new("to", error.to_string())]),
            UsageError::Db(error) => error.into(),
        }
    }
}
