//! The one way out of a browser: a proxy of its own, which dials what the policy allows.
//!
//! ```text
//!   browser ──► Proxy ──► line ──Asked──► Job: pin, judge, budget ──► Metered ──► the internet
//!                 ▲                        ▲
//!               serve                    Gate: open, verdict, report, drop
//! ```
//!
//! * A browser that asks while no job is open, or for what is not to be had, gets a 403
//!   without a word: a page cannot tell what exists behind the wall from what does not.
//! * A connection belongs to the job that was open when it came, and ends with it.
//! * A name means the same for as long as a job lasts, and nothing to the next one.

mod asked;
mod budget;
mod forward;
mod job;
mod line;
mod metered;
#[cfg(test)]
mod tests;
mod tunnel;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use domain::egress::{Dialer, Unreached};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::sleep;
use url::Url;

use asked::Target;
use budget::Limits;
use job::Job;

pub(crate) use budget::Budget;
pub(crate) use job::Report;

/// How many connections one browser may hold to its proxy. Chromium holds 32 of each kind;
/// whoever holds more is no longer Chromium as it was started.
const LINES: usize = 256;

/// How long to wait when a connection cannot be accepted: files have run out, and soon
/// others are closed.
const BREATH: Duration = Duration::from_millis(50);

/// The only way out of one browser. Dropping it closes everything.
pub(crate) struct Proxy {
    shared: Arc<Shared>,
    _accepting: JoinSet<()>,
}

/// What one job reaches. Dropping it closes all its connections at once.
pub(crate) struct Gate {
    job: Arc<Job>,
    shared: Weak<Shared>,
}

/// How an attempt to reach a host went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It goes on, or the browser gave it up.
    Trying,
    Connected,
    Unreached(Unreached),
    /// The job had used up what it may, or did so on this connection.
    Spent(Budget),
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy").finish_non_exhaustive()
    }
}

struct Shared {
    dialer: Arc<Dialer>,
    limits: Limits,
    open: Mutex<Open>,
    /// Connections that came while no job was open.
    strays: AtomicU64,
}

/// The job that is open, and the connections that the browser made since it was opened, or
/// since there is none.
#[derive(Default)]
struct Open {
    job: Option<Arc<Job>>,
    lines: JoinSet<()>,
}

impl Proxy {
    /// Serves a browser whose connections arrive at a listener.
    ///
    /// It may live in another network namespace: nothing but accepting is done with it.
    pub(crate) fn serve(listener: TcpListener, dialer: Arc<Dialer>) -> Self {
        Self::serve_within(listener, dialer, Limits::OURS)
    }

    fn serve_within(listener: TcpListener, dialer: Arc<Dialer>, limits: Limits) -> Self {
        let shared = Arc::new(Shared { dialer, limits, open: Mutex::default(), strays: AtomicU64::new(0) });
        let mut accepting = JoinSet::new();
        accepting.spawn(accept(listener, Arc::clone(&shared)));
        Self { shared, _accepting: accepting }
    }

    /// Begins a job: nothing is pinned, counted or connected. A job that is open ends.
    pub(crate) fn open(&self) -> Gate {
        let job = Arc::new(Job::new(Arc::clone(&self.shared.dialer), self.shared.limits));
        *self.shared.open() = Open { job: Some(Arc::clone(&job)), lines: JoinSet::new() };
        Gate { job, shared: Arc::downgrade(&self.shared) }
    }

    /// How many connections came while no job was open: of pages that somebody has left.
    pub(crate) fn strays(&self) -> u64 {
        self.shared.strays.load(Ordering::Relaxed)
    }
}

impl Gate {
    /// How the last attempt to reach this URL's host and port went; `None` if never tried.
    pub(crate) fn verdict(&self, url: &Url) -> Option<Verdict> {
        self.job.verdict(&Target::of(url)?)
    }

    /// Whether this URL's host and port were ever reached, however later attempts went.
    pub(crate) fn has_reached(&self, url: &Url) -> bool {
        Target::of(url).is_some_and(|target| self.job.has_reached(&target))
    }

    /// What the job has used so far, and what it was denied.
    pub(crate) fn report(&self) -> Report {
        self.job.report()
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        let Some(shared) = self.shared.upgrade() else { return };
        let mut open = shared.open();
        if open.job.as_ref().is_some_and(|job| Arc::ptr_eq(job, &self.job)) {
            *open = Open::default();
        }
    }
}

impl Shared {
    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    /// Takes a connection in. Whatever happens on it stays on it: its panic is its own.
    fn take(&mut self, stream: TcpStream) {
        while self.lines.try_join_next().is_some() {}
        if self.lines.len() < LINES {
            self.lines.spawn(line::serve(stream, self.job.clone()));
        }
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        match listener.accept().await {
            Ok((stream, _browser)) => {
                let mut open = shared.open();
                if open.job.is_none() {
                    shared.strays.fetch_add(1, Ordering::Relaxed);
                }
                open.take(stream);
            }
            Err(_out_of_files) => sleep(BREATH).await,
        }
    }
}
