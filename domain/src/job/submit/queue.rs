//! Calls that wait until the statement of their account has ended.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::call::{Call, Inserted};
use super::error::SubmitError;
use super::together::OneJob;
use crate::id::AccountId;
use crate::idempotency::Idempotency;
use crate::job::new_job::NewJob;
use crate::key::Caller;

/// The most calls of one statement. More gain nothing: their statement takes longer than its fixed part.
const MAX_CALLS: usize = 128;

/// The most bytes of html of one statement of several calls.
const MAX_HTML_BYTES: usize = 1024 * 1024;

/// A call that waits.
#[derive(Debug)]
pub(super) struct QueuedCall {
    pub(super) caller: Caller,
    pub(super) idempotency: Option<Idempotency>,
    pub(super) job: Arc<NewJob>,
    pub(super) reply: oneshot::Sender<Result<Inserted, SubmitError>>,
}

impl QueuedCall {
    pub(super) fn as_one_job(&self) -> OneJob<'_> {
        (Call { caller: &self.caller, idempotency: self.idempotency.as_ref() }, &self.job)
    }
}

/// The calls that wait, by account. An account is listed while a task submits its calls.
#[derive(Debug, Default)]
pub(super) struct Queues(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    accounts: HashMap<AccountId, VecDeque<(u64, QueuedCall)>>,
    last_number: u64,
}

/// A call's place in the queue.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    number: u64,
    /// Whether the account was not listed: someone must submit its calls now.
    pub(super) is_first: bool,
}

impl Queues {
    pub(super) fn push(&self, call: QueuedCall) -> Place {
        let mut state = self.state();
        state.last_number += 1;
        let (number, account) = (state.last_number, call.caller.account());
        let is_first = !state.accounts.contains_key(&account);
        state.accounts.entry(account).or_default().push_back((number, call));
        Place { number, is_first }
    }

    /// Takes the calls of the next statement: those with the key of the first one and jobs of the same cost, in their
    /// order, as many as fit. Callers that have gone are left out. When no call waits, the account is listed no more.
    pub(super) fn take(&self, account: AccountId) -> Option<Vec<QueuedCall>> {
        let mut state = self.state();
        let queue = state.accounts.get_mut(&account)?;
        queue.retain(|(_, call)| !call.reply.is_closed());
        let mut next: Vec<QueuedCall> = Vec::new();
        let (mut bytes, mut is_full) = (0, false);
        for (number, call) in std::mem::take(queue) {
            let fits_first = next
                .first()
                .is_none_or(|first| first.caller.key() == call.caller.key() && first.job.cost() == call.job.cost());
            let html = call.job.html().map_or(0, str::len);
            is_full |= fits_first && !next.is_empty() && (next.len() == MAX_CALLS || bytes + html > MAX_HTML_BYTES);
            if fits_first && !is_full {
                bytes += html;
                next.push(call);
            } else {
                queue.push_back((number, call));
            }
        }
        if next.is_empty() {
            state.accounts.remove(&account);
            return None;
        }
        Some(next)
    }

    /// Takes a call out of the queue. Returns `false` if it was taken before.
    pub(super) fn give_up(&self, account: AccountId, place: &Place) -> bool {
        let mut state = self.state();
        let Some(queue) = state.accounts.get_mut(&account) else { return false };
        let waiting = queue.len();
        queue.retain(|(number, _)| *number != place.number);
        queue.len() < waiting
    }

    /// Drops an account and its calls.
    pub(super) fn remove(&self, account: AccountId) {
        self.state().accounts.remove(&account);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
