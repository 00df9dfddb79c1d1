//! Errors of the database.

use std::borrow::Cow;

/// Errors are the driver's own.
pub type DbError = sqlx::Error;

/// The SQLSTATE of an error that the server reported.
pub fn sqlstate(error: &DbError) -> Option<Cow<'_, str>> {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code)
}

/// The name of the constraint that a statement violated.
pub(crate) fn constraint(error: &DbError) -> Option<&str> {
    error.as_database_error().and_then(sqlx::error::DatabaseError::constraint)
}

/// Whether a number would exceed the largest that its column can store (SQLSTATE `numeric_value_out_of_range`).
pub(crate) fn is_out_of_range(error: &DbError) -> bool {
    sqlstate(error).is_some_and(|code| code == "22003")
}
