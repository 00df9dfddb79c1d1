//! The headers that tell how fast an account may submit: `RateLimit-Policy` and
//! `RateLimit`, as draft-ietf-httpapi-ratelimit-headers-10 has them.

use domain::account::Rate;
use poem::http::HeaderName;

/// What an account may submit: so many jobs at once, restored over so many seconds.
fn policy(rate: Rate) -> String {
    let window = whole(f64::from(rate.burst) * 60.0 / f64::from(rate.limit));
    format!("\"jobs\";q={};w={window}", rate.burst)
}

/// How many jobs it may submit now, and after how many seconds all of them.
fn state(rate: Rate) -> String {
    format!("\"jobs\";r={};t={}", rate.remaining, whole(rate.reset_s))
}

/// What an answer tells besides: whether it is a replay, and how fast the account may submit.
pub(super) fn marks(replayed: bool, rate: Option<Rate>) -> (Option<bool>, Option<String>, Option<String>) {
    (replayed.then_some(true), rate.map(policy), rate.map(state))
}

/// Both, for an answer that is none.
pub(super) fn headers(rate: Rate) -> [(HeaderName, String); 2] {
    [(HeaderName::from_static("ratelimit-policy"), policy(rate)), (HeaderName::from_static("ratelimit"), state(rate))]
}

/// Whole seconds, rounded up: whoever waits so long need not come twice.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what fits")]
pub(super) fn whole(seconds: f64) -> u32 {
    seconds.ceil().clamp(0.0, f64::from(u32::MAX)) as u32
}
