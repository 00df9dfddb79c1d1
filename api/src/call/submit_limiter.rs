//! Limits the concurrent submissions of an account.
//!
//! Submissions of one account wait for each other in the database, because each locks the
//! account's row. They wait here instead, where waiting does not take up a connection that
//! other accounts need.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::id::AccountId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::error::code::Code;
use crate::error::problem::Problem;

/// How long a submission waits for a permit.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// Limits the concurrent submissions of each account. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct SubmitLimiter {
    permits_per_account: usize,
    accounts: Arc<Mutex<HashMap<AccountId, Arc<Semaphore>>>>,
}

impl SubmitLimiter {
    /// Leaves at least half of the database connections to other accounts.
    pub(crate) fn new(connections: u32) -> Self {
        let permits_per_account = usize::try_from(connections / 2).unwrap_or(1).max(1);
        Self { permits_per_account, accounts: Arc::default() }
    }

    /// Waits for a permit to submit. Dropping the permit returns it.
    pub(crate) async fn acquire(&self, account: AccountId) -> Result<OwnedSemaphorePermit, Problem> {
        let permit = timeout(ACQUIRE_TIMEOUT, self.semaphore(account).acquire_owned()).await;
        permit.ok().and_then(Result::ok).ok_or_else(|| {
            let message = "too many concurrent submissions from this account; nothing was debited";
            Problem::new(Code::DatabaseUnavailable, message).retry_after(2)
        })
    }

    /// Returns the account's semaphore, and drops those that nobody uses.
    fn semaphore(&self, account: AccountId) -> Arc<Semaphore> {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        accounts.retain(|_, semaphore| Arc::strong_count(semaphore) > 1);
        Arc::clone(accounts.entry(account).or_insert_with(|| Arc::new(Semaphore::new(self.permits_per_account))))
    }
}
