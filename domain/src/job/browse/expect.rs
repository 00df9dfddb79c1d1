//! Selecting the jobs of a change, which must be those that its author saw.

use super::count::{MAX_COUNTED, count};
use super::selection::Selection;
use crate::id::JobId;
use crate::{Db, DbError};

/// Why nothing is selected.
#[derive(Debug, thiserror::Error)]
pub enum ExpectError {
    /// Look at them again: there are more than before.
    #[error("{found} jobs match now, and {expected} did before")]
    Drift {
        /// How many matched before.
        expected: usize,
        /// How many match now.
        found: usize,
    },
    /// Select fewer.
    #[error("more than {MAX_COUNTED} jobs match")]
    TooMany,
    /// The database did not respond. Try again.
    #[error("the database did not respond")]
    Db(#[from] DbError),
}

/// Returns the jobs of a selection, unless more match than its author expects. Fewer may match: jobs end.
pub async fn expect(db: &Db, selection: &Selection, expected: usize) -> Result<Vec<JobId>, ExpectError> {
    let jobs = count(db, selection).await?;
    if i64::try_from(jobs.len()).is_ok_and(|found| found > MAX_COUNTED) {
        return Err(ExpectError::TooMany);
    }
    if jobs.len() > expected {
        return Err(ExpectError::Drift { expected, found: jobs.len() });
    }
    Ok(jobs)
}
