//! Limits the concurrent submissions of an account.
//!
//! Submissions of one account wait for each other in the database, because each locks the
//! account's row. They wait in this process instead, where waiting does not take up a connection
//! that other accounts need: batches here, single jobs for the [`Submitter`](domain::job::Submitter),
//! and here once many wait there.

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
    pub(crate) fn new(permits_per_account: usize) -> Self {
        Self { permits_per_account, accounts: Arc::default() }
    }

    /// Leaves at least half of the database connections to other accounts.
    pub(crate) fn for_statements(connections: u32) -> Self {
        Self::new(usize::try_from(connections / 2).unwrap_or(1).max(1))
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
