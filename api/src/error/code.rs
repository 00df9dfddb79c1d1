//! The error codes, with their statuses and meanings.

use poem::http::StatusCode;

/// A machine-readable error code. Clients depend on every name and status: the name on the
/// wire is the name of the variant in `UPPER_SNAKE` case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr, strum::VariantArray)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Code {
    MalformedJson,
    AmbiguousCredentials,
    InvalidApiKey,
    CreditsExhausted,
    AccountSuspended,
    InsufficientScope,
    NotFound,
    JobNotFound,
    MethodNotAllowed,
    RequestTimeout,
    PayloadTooLarge,
    UnsupportedMediaType,
    JobNotReady,
    JobFailed,
    JobNotCancellable,
    JobNotRetryable,
    SecretsGone,
    IdempotencyInProgress,
    ResultExpired,
    PreconditionFailed,
    RangeNotSatisfiable,
    ValidationError,
    UrlBlocked,
    IdempotencyKeyReused,
    RateLimitExceeded,
    QueueFull,
    RenderError,
    Internal,
    NoWorkers,
    DatabaseUnavailable,
    TooManyConnections,
    ShuttingDown,
}

impl Code {
    /// Returns the status and, for the document, the meaning.
    fn status_and_meaning(self) -> (StatusCode, &'static str) {
        match self {
            Self::MalformedJson => (StatusCode::BAD_REQUEST, "the body is not valid JSON"),
            Self::AmbiguousCredentials => {
                (StatusCode::BAD_REQUEST, "several different API keys were sent, or one in the URL")
            }
            Self::InvalidApiKey => (StatusCode::UNAUTHORIZED, "the API key is missing, unknown, revoked or expired"),
            Self::CreditsExhausted => {
                (StatusCode::PAYMENT_REQUIRED, "the balance is too low; nothing was submitted or debited")
            }
            Self::AccountSuspended => (StatusCode::FORBIDDEN, "the account is suspended; contact the operator"),
            Self::InsufficientScope => (
                StatusCode::FORBIDDEN,
                "the API key lacks a scope: reading requires `read`; submitting, retrying and cancelling require `render`",
            ),
            Self::NotFound => {
                (StatusCode::NOT_FOUND, "there is nothing at this path, or your account has no batch with this id")
            }
            Self::JobNotFound => (StatusCode::NOT_FOUND, "your account has no job with this id"),
            Self::MethodNotAllowed => {
                (StatusCode::METHOD_NOT_ALLOWED, "the path does not support this method; see `Allow`")
            }
            Self::RequestTimeout => {
                (StatusCode::REQUEST_TIMEOUT, "the body arrived too slowly; nothing was submitted or debited")
            }
            Self::PayloadTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "the body or `html` is too large"),
            Self::UnsupportedMediaType => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "the body must be uncompressed `application/json`")
            }
            Self::JobNotReady => (StatusCode::CONFLICT, "the job has not finished yet"),
            Self::JobFailed => (StatusCode::CONFLICT, "the job failed and was refunded; it has no result"),
            Self::JobNotCancellable => (StatusCode::CONFLICT, "the job has already finished"),
            Self::JobNotRetryable => {
                (StatusCode::CONFLICT, "the job is completed, or a later version of this service stored its options")
            }
            Self::SecretsGone => {
                (StatusCode::CONFLICT, "the headers, cookies and credentials of the job were deleted when it ended")
            }
            Self::IdempotencyInProgress => {
                (StatusCode::CONFLICT, "the first request with this idempotency key is still in progress")
            }
            Self::ResultExpired => {
                (StatusCode::GONE, "the result has expired, or the `html` of the job to retry was deleted")
            }
            Self::PreconditionFailed => {
                (StatusCode::PRECONDITION_FAILED, "the file does not have the `ETag` in `If-Match`")
            }
            Self::RangeNotSatisfiable => {
                (StatusCode::RANGE_NOT_SATISFIABLE, "the range starts after the end of the file")
            }
            Self::ValidationError => {
                (StatusCode::UNPROCESSABLE_ENTITY, "some fields are invalid; `detail.errors` lists all of them")
            }
            Self::UrlBlocked => (StatusCode::UNPROCESSABLE_ENTITY, "the target is not on the public internet"),
            Self::IdempotencyKeyReused => {
                (StatusCode::UNPROCESSABLE_ENTITY, "this idempotency key was used for a different request")
            }
            Self::RateLimitExceeded => (
                StatusCode::TOO_MANY_REQUESTS,
                "the account exceeded its rate limit, or the address sent too many invalid API keys",
            ),
            Self::QueueFull => {
                (StatusCode::TOO_MANY_REQUESTS, "the job did not start in time; it was cancelled and refunded")
            }
            Self::RenderError => {
                (StatusCode::INTERNAL_SERVER_ERROR, "the page could not be rendered; the job was refunded")
            }
            Self::Internal => {
                (StatusCode::INTERNAL_SERVER_ERROR, "an internal error; report the request id to the operator")
            }
            Self::NoWorkers => {
                (StatusCode::SERVICE_UNAVAILABLE, "no worker is alive, or the job did not finish in time")
            }
            Self::DatabaseUnavailable => (StatusCode::SERVICE_UNAVAILABLE, "the database did not respond in time"),
            Self::ShuttingDown => (StatusCode::SERVICE_UNAVAILABLE, "the server is shutting down"),
            Self::TooManyConnections => {
                (StatusCode::SERVICE_UNAVAILABLE, "the server has as many connections as it can serve")
            }
        }
    }

    pub(crate) fn status(self) -> StatusCode {
        self.status_and_meaning().0
    }

    pub(crate) fn meaning(self) -> &'static str {
        self.status_and_meaning().1
    }

    /// The name on the wire, such as `MALFORMED_JSON`.
    pub(crate) fn name(self) -> &'static str {
        self.into()
    }
}
