//! The headers that tell how fast an account may submit: `RateLimit-Policy` and
//! `RateLimit`, as in draft-ietf-httpapi-ratelimit-headers-10.

use domain::account::Rate;
use poem::http::HeaderName;

/// The optional headers of a response to a submission: `Idempotent-Replayed`,
/// `RateLimit-Policy` and `RateLimit`.
pub(crate) fn submission_headers(replayed: bool, rate: Option<Rate>) -> (Option<bool>, Option<String>, Option<String>) {
    (replayed.then_some(true), rate.map(rate_limit_policy), rate.map(rate_limit))
}

/// `RateLimit-Policy` and `RateLimit`, for an error response.
pub(crate) fn rate_limit_headers(rate: Rate) -> [(HeaderName, String); 2] {
    [
        (HeaderName::from_static("ratelimit-policy"), rate_limit_policy(rate)),
        (HeaderName::from_static("ratelimit"), rate_limit(rate)),
    ]
}

/// Rounds up, so that a client that waits this long never has to wait again.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the range of u32")]
pub(crate) fn whole_seconds(seconds: f64) -> u32 {
    seconds.ceil().clamp(0.0, f64::from(u32::MAX)) as u32
}

/// The quota, `q`, and the window in seconds, `w`, in which it is restored.
fn rate_limit_policy(rate: Rate) -> String {
    let window = whole_seconds(f64::from(rate.burst) * 60.0 / f64::from(rate.limit));
    format!("\"jobs\";q={};w={window}", rate.burst)
}

/// The remaining quota, `r`, and the seconds until all of it is available, `t`.
fn rate_limit(rate: Rate) -> String {
    format!("\"jobs\";r={};t={}", rate.remaining, whole_seconds(rate.reset_s))
}
