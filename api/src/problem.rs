//! Everything that is not an answer: one shape, one table of codes and statuses.

use std::marker::PhantomData;

use poem::Response;
use poem::error::ResponseError;
use poem::http::{HeaderName, HeaderValue, StatusCode, header};
use poem_openapi::registry::{MetaHeader, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::{ToJSON, Type};

use crate::strict::Strict;
use crate::wire::error::{ErrorBody, ErrorDetail, ErrorRepeat, FieldError};

/// What went wrong, for programs. Clients depend on every name and status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    MalformedJson,
    InvalidApiKey,
    CreditsExhausted,
    AccountSuspended,
    NotFound,
    JobNotFound,
    MethodNotAllowed,
    PayloadTooLarge,
    UnsupportedMediaType,
    JobNotReady,
    JobFailed,
    JobNotCancellable,
    IdempotencyInProgress,
    ResultExpired,
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
}

impl Code {
    /// Status, name on the wire, and what it means, for the document.
    pub(crate) fn about(self) -> (u16, &'static str, &'static str) {
        match self {
            Self::MalformedJson => (400, "MALFORMED_JSON", "the body is not JSON"),
            Self::InvalidApiKey => (401, "INVALID_API_KEY", "the key is missing, unknown or revoked"),
            Self::CreditsExhausted => (402, "CREDITS_EXHAUSTED", "the balance is too small; nothing was enqueued"),
            Self::AccountSuspended => (403, "ACCOUNT_SUSPENDED", "the account may not submit; ask the operator"),
            Self::NotFound => (404, "NOT_FOUND", "there is nothing at this path"),
            Self::JobNotFound => (404, "JOB_NOT_FOUND", "your account has no such job"),
            Self::MethodNotAllowed => (405, "METHOD_NOT_ALLOWED", "the path knows other methods: see `Allow`"),
            Self::PayloadTooLarge => (413, "PAYLOAD_TOO_LARGE", "the body or `html` is too large"),
            Self::UnsupportedMediaType => (415, "UNSUPPORTED_MEDIA_TYPE", "send plain `application/json`"),
            Self::JobNotReady => (409, "JOB_NOT_READY", "the job has not ended yet"),
            Self::JobFailed => (409, "JOB_FAILED", "the job failed, was refunded, and has no result"),
            Self::JobNotCancellable => (409, "JOB_NOT_CANCELLABLE", "the job has ended"),
            Self::IdempotencyInProgress => {
                (409, "IDEMPOTENCY_IN_PROGRESS", "the first call with this key is still being answered")
            }
            Self::ResultExpired => (410, "RESULT_EXPIRED", "the result was kept until it expired, and is gone"),
            Self::RangeNotSatisfiable => (416, "RANGE_NOT_SATISFIABLE", "the range begins behind the file's end"),
            Self::ValidationError => (422, "VALIDATION_ERROR", "`detail.errors` names every field that is wrong"),
            Self::UrlBlocked => (422, "URL_BLOCKED", "the target is not on the public internet"),
            Self::IdempotencyKeyReused => (422, "IDEMPOTENCY_KEY_REUSED", "this key was used for another call"),
            Self::RateLimitExceeded => (429, "RATE_LIMIT_EXCEEDED", "the account submits faster than it may"),
            Self::QueueFull => (429, "QUEUE_FULL", "the job did not start in time; it was cancelled and refunded"),
            Self::RenderError => (500, "RENDER_ERROR", "the page could not be rendered; the job was refunded"),
            Self::Internal => (500, "INTERNAL", "our mistake: tell us the request id"),
            Self::NoWorkers => (503, "NO_WORKERS", "no worker is alive, or none ended the job in time"),
            Self::DatabaseUnavailable => (503, "DATABASE_UNAVAILABLE", "the database did not answer in time"),
        }
    }

    pub(crate) fn status(self) -> StatusCode {
        StatusCode::from_u16(self.about().0).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    pub(crate) fn name(self) -> &'static str {
        self.about().1
    }
}

/// An answer that is none: what went wrong, and the way out.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Problem {
    pub(crate) code: Code,
    /// For a person.
    pub(crate) message: String,
    /// Seconds after which it is worth trying again.
    pub(crate) retry_after: Option<u32>,
    /// More than the code says, for programs.
    pub(crate) reason: Option<String>,
    pub(crate) errors: Vec<FieldError>,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), retry_after: None, reason: None, errors: Vec::new(), headers: Vec::new() }
    }

    /// Every field that is wrong, at once.
    pub(crate) fn invalid(errors: Vec<FieldError>) -> Self {
        let message = match errors.as_slice() {
            [only] => format!("`{}` {}", only.field, only.message),
            several => format!("{} fields are wrong", several.len()),
        };
        Self { errors, ..Self::new(Code::ValidationError, message) }
    }

    pub(crate) fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    pub(crate) fn reason(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    pub(crate) fn header(mut self, name: HeaderName, value: &impl ToString) -> Self {
        if let Ok(value) = HeaderValue::from_str(&value.to_string()) {
            self.headers.push((name, value));
        }
        self
    }

    /// The envelope. Everything that is sent about an error is sent from here.
    pub(crate) fn respond(self, request_id: &str) -> Response {
        let (code, message) = (self.code.name().to_owned(), self.message);
        let body = ErrorBody {
            error: ErrorRepeat { code: code.clone(), message: message.clone() },
            detail: ErrorDetail {
                code,
                message,
                request_id: request_id.to_owned(),
                retry_after: self.retry_after,
                reason: self.reason,
                errors: (!self.errors.is_empty()).then_some(self.errors),
            },
        };
        let mut response =
            Response::builder().status(self.code.status()).content_type("application/json").body(body.to_json_string());
        response.headers_mut().extend(self.headers);
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// Ours: a request id for the caller, the detail for the log.
pub(crate) fn internal() -> Problem {
    Problem::new(Code::Internal, "something went wrong here; tell the operator the request id")
}

impl ResponseError for Problem {
    fn status(&self) -> StatusCode {
        self.code.status()
    }
}

/// Which codes an operation may answer with: what the document says of its errors.
pub(crate) trait Documented: Send + Sync + 'static {
    const CODES: &'static [Code];
}

/// A problem, as an operation's documented answer.
#[derive(Debug)]
pub(crate) struct Refusal<D>(Problem, PhantomData<D>);

impl<D, E: Into<Problem>> From<E> for Refusal<D> {
    fn from(error: E) -> Self {
        Self(error.into(), PhantomData)
    }
}

impl<D> From<Refusal<D>> for poem::Error {
    fn from(refusal: Refusal<D>) -> Self {
        refusal.0.into()
    }
}

impl<D: Documented> poem_openapi::ApiResponse for Refusal<D> {
    fn meta() -> MetaResponses {
        let mut statuses: Vec<u16> = D::CODES.iter().map(|code| code.about().0).collect();
        statuses.sort_unstable();
        statuses.dedup();
        MetaResponses { responses: statuses.into_iter().map(|status| response(status, D::CODES)).collect() }
    }

    fn register(registry: &mut Registry) {
        ErrorBody::register(registry);
    }
}

fn response(status: u16, codes: &[Code]) -> MetaResponse {
    let mine = codes.iter().map(|code| code.about()).filter(|about| about.0 == status);
    let lines: Vec<_> = mine.map(|(_, name, meaning)| format!("`{name}`: {meaning}.")).collect();
    let retry_after = MetaHeader {
        name: "Retry-After".into(),
        description: Some("Seconds after which it is worth trying again.".into()),
        required: true,
        deprecated: false,
        schema: u32::schema_ref(),
    };
    MetaResponse {
        // The registry wants 'static text; there is one such line per operation and status.
        description: Box::leak(lines.join(" ").into_boxed_str()),
        status: Some(status),
        status_range: None,
        content: Strict::<ErrorBody>::media(),
        headers: if matches!(status, 429 | 503) { vec![retry_after] } else { Vec::new() },
    }
}
