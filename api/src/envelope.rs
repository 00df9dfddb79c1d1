//! Around everything: an id for each request, one shape for every error, one line of log.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use futures_util::FutureExt;
use poem::error::{MethodNotAllowedError, NotFoundError};
use poem::http::{HeaderValue, StatusCode, header};
use poem::{Endpoint, IntoResponse, Middleware, Request, Response};
use poem_openapi::error::{ParseParamError, ParsePathError};
use tracing::Instrument;

use crate::document::allowed;
use crate::problem::{Code, Problem, internal};
use crate::routes::no_such_job;
use crate::wire::error::FieldError;

/// The outermost middleware.
pub(crate) struct Envelope;

/// An endpoint in the envelope.
pub(crate) struct Enveloped<E>(E);

impl<E: Endpoint> Middleware<E> for Envelope {
    type Output = Enveloped<E>;

    fn transform(&self, endpoint: E) -> Enveloped<E> {
        Enveloped(endpoint)
    }
}

impl<E: Endpoint> Endpoint for Enveloped<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let began = Instant::now();
        let id = uuid::Uuid::now_v7().simple().to_string();
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let span = tracing::info_span!("request", request.id = %id);
        let mut response = match AssertUnwindSafe(self.0.call(request)).catch_unwind().instrument(span).await {
            Ok(Ok(response)) => response.into_response(),
            Ok(Err(error)) => problem(&error, &path).respond(&id),
            Err(_) => internal().respond(&id),
        };
        if let Ok(value) = HeaderValue::from_str(&id) {
            response.headers_mut().insert("x-request-id", value);
        }
        response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        let (status, duration_ms) = (response.status().as_u16(), began.elapsed().as_millis());
        tracing::info!(request.id = %id, status, duration_ms, "{method} {path} answered {status}");
        Ok(response)
    }
}

/// Whatever went wrong, wherever it did, as a problem of ours.
fn problem(error: &poem::Error, path: &str) -> Problem {
    if let Some(problem) = error.downcast_ref::<Problem>() {
        return problem.clone();
    }
    if error.is::<ParsePathError>() || error.is::<poem::error::ParsePathError>() {
        return no_such_job();
    }
    if let Some(parameter) = error.downcast_ref::<ParseParamError>() {
        return Problem::invalid(vec![FieldError::new(parameter.name, format!("is wrong: {}", parameter.reason))]);
    }
    if error.is::<NotFoundError>() {
        return Problem::new(Code::NotFound, "there is nothing at this path; see /docs");
    }
    if error.is::<MethodNotAllowedError>() {
        let allow = allowed(path).unwrap_or_else(|| "GET, HEAD".to_owned());
        return Problem::new(Code::MethodNotAllowed, format!("this path answers to {allow}"))
            .header(header::ALLOW, &allow);
    }
    if error.status().is_client_error() && error.status() != StatusCode::NOT_FOUND {
        return Problem::new(Code::ValidationError, error.to_string());
    }
    tracing::error!(%error, status = error.status().as_u16(), "unforeseen");
    internal()
}
