//! `Idempotency-Key`: a call that may be sent again.

use domain::idempotency::Idempotency;
use domain::job::NewJob;

use crate::problem::Problem;
use crate::wire::error::FieldError;

/// Reads the header, for a call that asks for these jobs in this manner.
pub(super) fn once(key: Option<&str>, manner: &str, jobs: &[NewJob]) -> Result<Option<Idempotency>, Problem> {
    let read = key.map(|key| Idempotency::new(key, manner, jobs)).transpose();
    read.map_err(|bad| Problem::invalid(vec![FieldError::new("Idempotency-Key", bad.to_string())]))
}
