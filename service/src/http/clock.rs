//! The clock of a connection: what it waits for, and until when it may.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::limits::Limits;

/// How long a connection that has no request may last after the shutdown has begun: enough for one
/// that is on its way.
const STOP_GRACE: Duration = Duration::from_secs(1);

/// The same for one whose client still has to send the rest of a request, or to read that of a response.
pub(super) const STOP_REST_GRACE: Duration = Duration::from_secs(5);

/// The clock of one connection. The stream, the requests and the responses report what happens.
#[derive(Debug)]
pub(super) struct Clock {
    limits: Limits,
    state: Mutex<State>,
}

/// What a connection without a request waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waiting {
    /// The rest of the head of a request. The first request is waited for from the beginning.
    Head,
    /// The first byte of another request.
    Idle,
}

/// Why a connection is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Expiry {
    /// The head of a request did not arrive in time.
    Head,
    /// No further request arrived in time.
    Idle,
    /// The client did not read.
    Write,
    /// The client read too slowly.
    Response,
}

/// A request in progress: from its head to the end of its response, or until either is dropped.
#[derive(Debug)]
pub(super) struct InProgress {
    clock: Arc<Clock>,
}

#[derive(Debug)]
struct State {
    waiting: Waiting,
    since: Instant,
    requests: usize,
    /// Since when a response is being sent.
    response: Option<Instant>,
    /// Since when nothing could be written.
    unwritable: Option<Instant>,
    /// When the shutdown began.
    stopped: Option<Instant>,
    is_aborted: bool,
}

impl Clock {
    pub(super) fn start(limits: Limits) -> Arc<Self> {
        let state = State {
            waiting: Waiting::Head,
            since: Instant::now(),
            requests: 0,
            response: None,
            unwritable: None,
            stopped: None,
            is_aborted: false,
        };
        Arc::new(Self { limits, state: Mutex::new(state) })
    }

    /// Bytes have arrived.
    pub(super) fn read(&self) {
        let mut state = self.lock();
        if state.waiting == Waiting::Idle {
            state.wait_for(Waiting::Head);
        }
    }

    /// Bytes have been written.
    pub(super) fn wrote(&self) {
        let mut state = self.lock();
        state.unwritable = None;
        if state.waiting == Waiting::Idle {
            state.since = Instant::now();
        }
    }

    /// Nothing could be written.
    pub(super) fn unwritable(&self) {
        self.lock().unwritable.get_or_insert_with(Instant::now);
    }

    /// The head of a request has arrived.
    pub(super) fn request(self: &Arc<Self>) -> InProgress {
        self.lock().requests += 1;
        InProgress { clock: Arc::clone(self) }
    }

    /// The shutdown has begun.
    pub(super) fn stop(&self) {
        self.lock().stopped.get_or_insert_with(Instant::now);
    }

    /// The connection is closed while a response is being sent.
    pub(super) fn abort(&self) {
        self.lock().is_aborted = true;
    }

    pub(super) fn is_aborted(&self) -> bool {
        self.lock().is_aborted
    }

    /// What the connection waits for, if there is no request.
    pub(super) fn waiting(&self) -> Option<Waiting> {
        let state = self.lock();
        (state.requests == 0 && state.unwritable.is_none()).then_some(state.waiting)
    }

    /// When the connection is to be closed, and why, if nothing happens until then.
    pub(super) fn expiry(&self) -> Option<(Instant, Expiry)> {
        let (state, limits) = (self.lock(), &self.limits);
        let waiting = (state.requests == 0).then(|| match state.waiting {
            Waiting::Head => (state.since + limits.head, Expiry::Head),
            Waiting::Idle => (state.since + limits.idle, Expiry::Idle),
        });
        let grace = if state.unwritable.is_some() { STOP_REST_GRACE } else { STOP_GRACE };
        let stopped = state.stopped.filter(|_| waiting.is_some()).map(|stopped| (stopped + grace, Expiry::Idle));
        let unwritable = state.unwritable.map(|since| (since + limits.write, Expiry::Write));
        let response = state.response.map(|since| (since + limits.response, Expiry::Response));
        [waiting, stopped, unwritable, response].into_iter().flatten().min_by_key(|(at, _)| *at)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn wait_for(&mut self, waiting: Waiting) {
        (self.waiting, self.since) = (waiting, Instant::now());
    }
}

impl InProgress {
    /// The response has begun.
    pub(super) fn respond(&self) {
        self.clock.lock().response = Some(Instant::now());
    }
}

impl Drop for InProgress {
    fn drop(&mut self) {
        let mut state = self.clock.lock();
        state.response = None;
        state.requests -= 1;
        if state.requests == 0 {
            state.wait_for(Waiting::Idle);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::limits::Limits;
    use super::{Clock, Expiry};

    fn reason(clock: &Arc<Clock>) -> Option<Expiry> {
        clock.expiry().map(|(_, reason)| reason)
    }

    #[test]
    fn every_state_of_a_connection_has_a_clock_except_for_the_work_on_a_request() {
        let clock = Clock::start(Limits::default());
        assert_eq!(reason(&clock), Some(Expiry::Head), "a new connection");
        clock.read();
        assert_eq!(reason(&clock), Some(Expiry::Head), "a part of the first head");

        let request = clock.request();
        assert_eq!(reason(&clock), None, "the service works");
        request.respond();
        assert_eq!(reason(&clock), Some(Expiry::Response), "the response is sent");
        clock.unwritable();
        assert_eq!(reason(&clock), Some(Expiry::Write), "the client does not read");
        clock.wrote();
        assert_eq!(reason(&clock), Some(Expiry::Response), "it reads again");
        drop(request);
        assert_eq!(reason(&clock), Some(Expiry::Idle), "the response has ended");
        clock.read();
        assert_eq!(reason(&clock), Some(Expiry::Head), "a part of the second head");
    }

    #[test]
    fn the_clock_of_a_head_does_not_start_again_with_every_byte() {
        let clock = Clock::start(Limits::default());
        let first = clock.expiry();

        for _ in 0..100 {
            clock.read();
        }

        assert_eq!(clock.expiry(), first);
    }

    #[test]
    fn a_shutdown_does_not_wait_for_a_request_that_has_not_arrived() {
        for had_request in [false, true] {
            let clock = Clock::start(Limits::default());
            if had_request {
                drop(clock.request());
            }
            clock.read();
            let before = clock.expiry().expect("a clock").0;

            clock.stop();

            assert!(clock.expiry().expect("a clock").0 < before, "{had_request}");
        }
    }
}
