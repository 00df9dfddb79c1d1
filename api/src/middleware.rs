//! The outermost middleware: a request id, headers that every response has, a uniform error body
//! and one log line per request.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use poem::error::{MethodNotAllowedError, NotFoundError};
use poem::http::{HeaderMap, HeaderValue, StatusCode, header};
use poem::{Endpoint, IntoResponse, Middleware, PathPattern, Request, Response};
use poem_openapi::error::{ParseParamError, ParsePathError};
use tracing::Instrument;

use crate::client::TrustedProxies;
use crate::error::body::FieldError;
use crate::error::code::Code;
use crate::error::problem::{Problem, internal, no_such_job};
use crate::openapi::document::ApiDocument;
use crate::request_log::RequestLog;

/// Adds `X-Request-Id` to every response, converts every error to the one error body, and
/// logs one line per request.
pub(crate) struct ErrorsAndRequestIds {
    document: Arc<ApiDocument>,
    proxies: TrustedProxies,
}

/// An endpoint with [`ErrorsAndRequestIds`] around it.
pub(crate) struct Wrapped<E> {
    inner: E,
    document: Arc<ApiDocument>,
    proxies: TrustedProxies,
}

impl ErrorsAndRequestIds {
    /// The document provides the methods of a path for `Allow`, and its template. The proxies name the clients.
    pub(crate) fn new(document: Arc<ApiDocument>, proxies: TrustedProxies) -> Self {
        Self { document, proxies }
    }
}

impl<E: Endpoint> Middleware<E> for ErrorsAndRequestIds {
    type Output = Wrapped<E>;

    fn transform(&self, inner: E) -> Wrapped<E> {
        Wrapped { inner, document: Arc::clone(&self.document), proxies: self.proxies.clone() }
    }
}

impl<E: Endpoint> Endpoint for Wrapped<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let path = request.uri().path().to_owned();
        let mut log = RequestLog::start(&request, &self.document, &self.proxies);
        let id = log.identity().id().to_owned();
        request.set_data(log.identity().clone());
        let called = AssertUnwindSafe(self.inner.call(request)).catch_unwind().instrument(log.identity().span());
        let failed = |problem: Problem, log: &mut RequestLog| {
            log.fail(&problem);
            problem.respond(&id)
        };
        let mut route: Option<PathPattern> = None;
        let mut response = match called.await {
            Ok(Ok(response)) => {
                let response = response.into_response();
                route = response.data().cloned();
                response
            }
            Ok(Err(error)) => {
                route = error.data().cloned();
                failed(problem(&error, &path, &self.document), &mut log)
            }
            Err(_) => failed(internal(), &mut log),
        };
        if let Ok(value) = HeaderValue::from_str(&id) {
            response.headers_mut().insert("x-request-id", value);
        }
        response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if path == "/v1" || path.starts_with("/v1/") {
            forbid_caching(response.headers_mut());
        }
        log.end(&response, route.as_ref().map(|PathPattern(route)| &**route));
        Ok(response)
    }
}

/// Forbids caches to store a response, which is for one account only, unless the route says more
/// about it.
fn forbid_caching(headers: &mut HeaderMap) {
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(header::VARY, HeaderValue::from_static("X-API-Key, Authorization"));
}

/// Converts any error, ours or poem's, to a [`Problem`].
fn problem(error: &poem::Error, path: &str, document: &ApiDocument) -> Problem {
    if let Some(problem) = error.downcast_ref::<Problem>() {
        return problem.clone();
    }
    if error.is::<ParsePathError>() || error.is::<poem::error::ParsePathError>() {
        return no_such_job();
    }
    if let Some(parameter) = error.downcast_ref::<ParseParamError>() {
        return Problem::invalid(vec![FieldError::new(parameter.name, "has an invalid value")]);
    }
    if error.is::<NotFoundError>() {
        return Problem::new(Code::NotFound, "there is no resource at this path; see /docs");
    }
    if error.is::<MethodNotAllowedError>() {
        let allow = document.allowed_methods(path).unwrap_or_else(|| "GET, HEAD".to_owned());
        return Problem::new(Code::MethodNotAllowed, format!("this path supports {allow}"))
            .header(header::ALLOW, &allow);
    }
    if error.status().is_client_error() && error.status() != StatusCode::NOT_FOUND {
        return Problem::new(Code::ValidationError, "the request does not match the operation; see /docs");
    }
    tracing::error!(%error, status = error.status().as_u16(), "unexpected error");
    internal()
}
