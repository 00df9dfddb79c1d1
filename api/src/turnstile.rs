//! One account's submissions wait for each other, for they lock its row: here, and not each
//! with a connection that others need.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::id::AccountId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::problem::{Code, Problem};

/// How long one waits.
const PATIENCE: Duration = Duration::from_secs(5);

/// Lets so many submissions of an account pass at once. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Turnstile {
    at_once: usize,
    accounts: Arc<Mutex<HashMap<AccountId, Arc<Semaphore>>>>,
}

impl Turnstile {
    /// One that leaves at least half of the connections to other accounts.
    pub(crate) fn new(connections: u32) -> Self {
        Self { at_once: usize::try_from(connections / 2).unwrap_or(1).max(1), accounts: Arc::default() }
    }

    /// Waits for the account's turn, which lasts as long as the permit does.
    pub(crate) async fn pass(&self, account: AccountId) -> Result<OwnedSemaphorePermit, Problem> {
        let turn = timeout(PATIENCE, self.of(account).acquire_owned()).await;
        turn.ok().and_then(Result::ok).ok_or_else(|| {
            let message = "too many calls of this account are being submitted; nothing was debited";
            Problem::new(Code::DatabaseUnavailable, message).retry_after(2)
        })
    }

    fn of(&self, account: AccountId) -> Arc<Semaphore> {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        accounts.retain(|_, turns| Arc::strong_count(turns) > 1);
        Arc::clone(accounts.entry(account).or_insert_with(|| Arc::new(Semaphore::new(self.at_once))))
    }
}
