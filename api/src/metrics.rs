//! The metrics of the API. Labels have few values, none of which a caller chooses.

use std::time::Duration;

use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use poem::http::{Method, StatusCode};

const REQUESTS: &str = "tintype_http_requests_total";
const DURATION: &str = "tintype_http_request_seconds";
const IN_FLIGHT: &str = "tintype_http_requests_in_flight";
const ERRORS: &str = "tintype_http_errors_total";
const WAITING: &str = "tintype_waiting_calls";

/// What requests are counted under that match no route.
const NO_ROUTE: &str = "none";

/// Describes the metrics of the API, and starts the counters of these error codes at zero.
pub(crate) fn describe(codes: impl Iterator<Item = &'static str>) {
    describe_counter!(REQUESTS, "Requests by method, route and class of status.");
    describe_histogram!(DURATION, "Seconds until the head of the response, by method and route.");
    describe_gauge!(IN_FLIGHT, "Requests whose response has not begun.");
    describe_counter!(ERRORS, "Error responses by their code.");
    describe_gauge!(WAITING, "Calls that wait for a job to end.");
    for name in [IN_FLIGHT, WAITING] {
        gauge!(name).set(0.0);
    }
    codes.for_each(|code| counter!(ERRORS, "code" => code).increment(0));
}

/// A request that is being responded to. Dropping it, too, ends it.
#[derive(Debug)]
pub(crate) struct RequestInFlight;

/// A call that waits for a job. Dropping it ends the wait.
#[derive(Debug)]
pub(crate) struct WaitingCall;

impl RequestInFlight {
    pub(crate) fn begin() -> Self {
        gauge!(IN_FLIGHT).increment(1.0);
        Self
    }
}

impl Drop for RequestInFlight {
    fn drop(&mut self) {
        gauge!(IN_FLIGHT).decrement(1.0);
    }
}

impl WaitingCall {
    pub(crate) fn begin() -> Self {
        gauge!(WAITING).increment(1.0);
        Self
    }
}

impl Drop for WaitingCall {
    fn drop(&mut self) {
        gauge!(WAITING).decrement(1.0);
    }
}

/// Counts a response. `route` is the pattern that the path matches.
pub(crate) fn responded(method: &Method, route: Option<&str>, status: StatusCode, duration: Duration) {
    let (method, route) = (known(method), route.unwrap_or(NO_ROUTE).to_owned());
    counter!(REQUESTS, "method" => method, "route" => route.clone(), "status" => class(status)).increment(1);
    histogram!(DURATION, "method" => method, "route" => route).record(duration);
}

/// Counts an error response.
pub(crate) fn error(code: &'static str) {
    counter!(ERRORS, "code" => code).increment(1);
}

/// A caller may send any word as method.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

fn class(status: StatusCode) -> &'static str {
    match status.as_u16() {
        100..=199 => "1xx",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    }
}
