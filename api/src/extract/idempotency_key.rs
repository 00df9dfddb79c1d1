//! The `Idempotency-Key` header: makes a request safe to retry.

use domain::idempotency::{Fingerprint, Idempotency};
use poem::Request;

use crate::error::body::FieldError;
use crate::error::problem::Problem;

const HEADER: &str = "Idempotency-Key";

/// Combines the key, if there is one, with the fingerprint of the request.
pub(crate) fn parse(
    key: Option<&str>,
    fingerprint: impl FnOnce() -> Fingerprint,
) -> Result<Option<Idempotency>, Problem> {
    let parsed = key.map(|key| Idempotency::new(key, fingerprint())).transpose();
    parsed.map_err(|error| invalid(error.to_string()))
}

/// Rejects a header that is sent twice or that is not ASCII. poem-openapi would treat it as
/// absent, and a retry would then submit the job again.
pub(super) fn reject_unreadable(request: &Request) -> Result<(), Problem> {
    let mut keys = request.headers().get_all(HEADER).iter();
    match (keys.next(), keys.next()) {
        (None, _) => Ok(()),
        (Some(key), None) if key.to_str().is_ok() => Ok(()),
        _ => Err(invalid("must be sent once and contain only visible ASCII characters")),
    }
}

fn invalid(message: impl Into<String>) -> Problem {
    Problem::invalid(vec![FieldError::new(HEADER, message)])
}
