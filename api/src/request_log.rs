//! The log line and the span of a request, and what other parts need of both.

use std::sync::{Arc, OnceLock};
use std::time::{Instant, SystemTime};

use domain::id::{AccountId, JobId, KeyId};
use domain::key::{Caller, RequestContext};
use poem::http::{Method, header};
use poem::{Request, Response};
use service::trace::{Span, SpanKind, TraceContext};
use tracing::field::{Empty, display};

use crate::client::{self, TrustedProxies};
use crate::error::problem::Problem;
use crate::metrics::{self, RequestInFlight};
use crate::openapi::document::ApiDocument;
use crate::trace::{RequestId, trace_context};

/// Who sends a request, and where it belongs in a trace. Part of the request; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct RequestIdentity(Arc<Identity>);

#[derive(Debug)]
struct Identity {
    id: String,
    trace: Option<TraceContext>,
    /// Its fields are in every line that is logged during the request.
    span: tracing::Span,
    caller: OnceLock<(AccountId, KeyId)>,
}

/// A request in progress. When it ends, it is counted, one line is logged and, if traces are exported, a
/// span ends.
#[derive(Debug)]
pub(crate) struct RequestLog {
    _in_flight: RequestInFlight,
    identity: RequestIdentity,
    method: Method,
    path: String,
    route: Option<String>,
    job: Option<JobId>,
    client: String,
    started: Instant,
    span: Span,
    problem: Option<(&'static str, Option<String>)>,
    has_ended: bool,
}

impl RequestIdentity {
    /// Returns the id of the request.
    pub(crate) fn id(&self) -> &str {
        &self.0.id
    }

    /// Returns the span of the log, whose fields are in every line.
    pub(crate) fn span(&self) -> tracing::Span {
        self.0.span.clone()
    }

    /// Records who sends the request, and returns the caller with the request that its jobs come from.
    pub(crate) fn identify(&self, caller: Caller) -> Caller {
        self.0.span.record("account.id", display(caller.account()));
        self.0.span.record("key.id", display(caller.key()));
        let _already_known = self.0.caller.set((caller.account(), caller.key().clone()));
        let traceparent = self.0.trace.as_ref().map(ToString::to_string);
        caller.in_request(RequestContext { request_id: Some(self.0.id.clone()), traceparent })
    }
}

impl RequestLog {
    pub(crate) fn start(request: &Request, document: &ApiDocument, proxies: &TrustedProxies) -> Self {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let RequestId(id) = RequestId::of(request.headers());
        let template = document.template(&path);
        let parent = trace_context(request.headers());
        let span = match (is_probe(&path), template) {
            (true, _) => Span::default(),
            (false, Some(route)) => start_span(format!("{method} {route}"), parent.as_ref()),
            (false, None) => start_span(method.to_string(), parent.as_ref()),
        };
        let trace = span.context().or(parent);
        let trace_id = trace.as_ref().map(TraceContext::trace_id);
        let log_span = tracing::error_span!(
            "request",
            request.id = id,
            trace.id = trace_id,
            account.id = Empty,
            key.id = Empty,
            batch.id = Empty,
        );
        let identity = RequestIdentity(Arc::new(Identity { id, trace, span: log_span, caller: OnceLock::new() }));
        Self {
            _in_flight: RequestInFlight::begin(),
            identity,
            job: template.and_then(|template| job_in(template, &path)),
            route: template.map(str::to_owned),
            client: client::address(request, proxies).to_string(),
            started: Instant::now(),
            problem: None,
            has_ended: false,
            method,
            path,
            span,
        }
    }

    /// Returns what the rest of the request needs.
    pub(crate) fn identity(&self) -> &RequestIdentity {
        &self.identity
    }

    /// Records the error that is the response.
    pub(crate) fn fail(&mut self, problem: &Problem) {
        self.problem = Some((problem.code.name(), problem.reason.clone()));
    }

    /// Counts and logs the response, and ends the span. `pattern` is the router's: it knows the paths that
    /// the document does not contain, and names no parameters.
    pub(crate) fn end(mut self, response: &Response, pattern: Option<&str>) {
        let headers = response.headers();
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let submitted = text(header::HeaderName::from_static("x-job-id")).and_then(|id| id.parse().ok());
        self.job = submitted.or(self.job);
        let route = self.route.as_deref().or(pattern);
        metrics::responded(&self.method, route, response.status(), self.started.elapsed());
        let status = response.status().as_u16();
        if self.route.is_none() && status != 404 {
            self.route = pattern.map(str::to_owned);
        }
        let bytes = text(header::CONTENT_LENGTH).and_then(|bytes| bytes.parse().ok());
        self.finish(status, bytes);
    }

    fn finish(&mut self, status: u16, bytes: Option<u64>) {
        self.has_ended = true;
        self.log(status, bytes);
        self.end_span(status);
    }

    fn log(&self, status: u16, bytes: Option<u64>) {
        let Self { method, path, .. } = self;
        let duration_ms = self.started.elapsed().as_millis();
        let (code, reason) = self.problem.as_ref().map(|(code, reason)| (*code, reason.as_deref())).unzip();
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    job.id = self.job.map(display),
                    method = %method,
                    route = self.route,
                    path,
                    status,
                    error.code = code,
                    error.reason = reason.flatten(),
                    duration_ms,
                    bytes,
                    client.address = self.client,
                    "{method} {path} returned {status}"
                )
            };
        }
        let _fields = self.identity.0.span.enter();
        match status {
            _ if is_probe(path) => line!(debug),
            503 => line!(warn),
            500.. => line!(error),
            _ => line!(info),
        }
    }

    fn end_span(&mut self, status: u16) {
        let mut span = std::mem::take(&mut self.span);
        if span.context().is_none() {
            return;
        }
        let identity = &self.identity.0;
        let code = self.problem.as_ref().map(|(code, _)| *code);
        span.set("http.request.method", Some(self.method.to_string()));
        span.set("http.route", self.route.clone());
        span.set("http.response.status_code", Some(i64::from(status)));
        span.set("url.path", Some(self.path.clone()));
        span.set("client.address", Some(self.client.clone()));
        span.set("request.id", Some(identity.id.clone()));
        span.set("job.id", self.job.map(|job| job.to_string()));
        span.set("account.id", identity.caller.get().map(|(account, _)| account.to_string()));
        span.set("key.id", identity.caller.get().map(|(_, key)| key.to_string()));
        span.set("error.code", code);
        if status >= 500 {
            span.fail(code.unwrap_or("error"));
        }
        span.end(SystemTime::now());
    }
}

impl Drop for RequestLog {
    /// The client has gone away before there was a response. 499 is what proxies log for that.
    fn drop(&mut self) {
        if !self.has_ended {
            self.finish(499, None);
        }
    }
}

fn start_span(name: String, parent: Option<&TraceContext>) -> Span {
    Span::start(name, SpanKind::Server, parent, SystemTime::now())
}

/// Whether a path is asked every few seconds by programs that watch the service.
fn is_probe(path: &str) -> bool {
    path == "/metrics" || path.starts_with("/health/")
}

/// Returns the job that a path names, as its template says.
fn job_in(template: &str, path: &str) -> Option<JobId> {
    let mut segments = template.split('/').zip(path.split('/'));
    segments.find(|(name, _)| *name == "{job_id}").and_then(|(_, id)| id.parse().ok())
}
