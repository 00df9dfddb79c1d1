//! Why nothing was submitted.

use crate::DbError;
use crate::account::Rate;
use crate::idempotency::RecallError;

/// Why nothing was submitted.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// Nothing was debited. Buy credits.
    #[error("the account does not have enough credits for this job")]
    InsufficientCredits,
    /// Nothing was debited. Ask the operator.
    #[error("the account is suspended")]
    Suspended,
    /// Nothing was debited. Try again when the rate allows it.
    #[error("the account or the key exceeded its rate limit")]
    RateLimited(Rate),
    /// Nothing was debited. Use a new key for a new call.
    #[error("this idempotency key was used for a different call")]
    KeyReused,
    /// The database did not respond. Send the call again, with the same key; without one,
    /// check the balance first.
    #[error("the database did not respond")]
    Db(#[from] DbError),
}

impl From<RecallError> for SubmitError {
    fn from(error: RecallError) -> Self {
        match error {
            RecallError::Reused => Self::KeyReused,
            RecallError::Db(error) => Self::Db(error),
        }
    }
}
