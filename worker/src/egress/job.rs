//! What one job has reached, was denied and has used: its pins and its books.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use domain::egress::{Dialer, Found, Refused, Unreached};
use domain::job::{Blocked, BlockedClass};
use tokio::sync::{OnceCell, Semaphore};
use url::Host;

use super::Verdict;
use super::asked::Target;
use super::budget::{Budget, Bytes, Limits};
use super::metered::Metered;

/// How many targets have their verdicts kept: more than a job may try, and an end to what
/// the ones that it may not try take up.
const VERDICTS: usize = 2_000;

/// What one job reaches, as all its connections see it.
pub(super) struct Job {
    pub(super) limits: Limits,
    dialer: Arc<Dialer>,
    open: Arc<Semaphore>,
    pub(super) down: Bytes,
    pub(super) up: Bytes,
    books: Mutex<Books>,
}

/// What a host's name means to this job, found out once.
type Pin = Arc<OnceCell<Result<Found, Unreached>>>;

#[derive(Default)]
struct Books {
    pins: HashMap<Host, Pin>,
    verdicts: HashMap<Target, Verdict>,
    /// Those that a connection was made to, of which a job makes only so many.
    reached: HashSet<Target>,
    report: Report,
}

/// What a job has used, and what it was denied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Report {
    /// What was blocked, by class.
    pub(crate) blocked: Blocked,
    /// Attempts to connect, denied ones too.
    pub(crate) connections: u64,
    /// How long the first host's name took to be resolved.
    pub(crate) resolved_in: Option<Duration>,
    /// How long the first connection then took to be accepted.
    pub(crate) connected_in: Option<Duration>,
    /// Bytes received.
    pub(crate) down: u64,
    /// Bytes sent.
    pub(crate) up: u64,
}

/// Why an attempt leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Barred {
    /// The host cannot or must not be reached.
    Unreached(Unreached),
    /// The job has had enough.
    Spent(Budget),
}

impl Job {
    pub(super) fn new(dialer: Arc<Dialer>, limits: Limits) -> Self {
        let open = Arc::new(Semaphore::new(limits.open));
        let (down, up) = (Bytes::up_to(limits.down), Bytes::up_to(limits.up));
        Self { limits, dialer, open, down, up, books: Mutex::default() }
    }

    /// Connects to a host, and keeps how it went.
    pub(super) async fn reach(self: &Arc<Self>, to: &Target) -> Result<Metered, Barred> {
        let reached = match self.enter(to) {
            Ok(()) => self.connect(to).await,
            Err(spent) => Err(Barred::Spent(spent)),
        };
        match &reached {
            Ok(_) => self.books().keep(to, Verdict::Connected),
            Err(barred) => self.books().bar(to, *barred),
        }
        reached
    }

    /// A host's name is resolved once, however many connections want it at once: the first
    /// asks, and the others wait for its answer.
    async fn connect(self: &Arc<Self>, to: &Target) -> Result<Metered, Barred> {
        self.dialer.policy.check_host(&to.host, to.port)?;
        let pin = self.pin(&to.host)?;
        let found = pin.get_or_init(|| self.look_up(&to.host)).await.as_ref();
        let judged = self.dialer.judge_found(found.map_err(|unreached| *unreached)?, to.port)?;
        let permit = Arc::clone(&self.open).acquire_owned().await.map_err(|_closed| Unreached::Unreachable)?;
        let began = Instant::now();
        let stream = self.dialer.dial(&judged).await?;
        self.books().report.connected_in.get_or_insert(began.elapsed());
        Ok(Metered::new(stream, Arc::clone(self), to.clone(), permit))
    }

    /// Counts an attempt, if there may be one more.
    fn enter(&self, to: &Target) -> Result<(), Budget> {
        let mut books = self.books();
        if books.report.connections >= self.limits.connections {
            return Err(Budget::Connections);
        }
        if self.down.are_spent() {
            return Err(Budget::Down);
        }
        if self.up.are_spent() {
            return Err(Budget::Up);
        }
        books.report.connections += 1;
        books.keep(to, Verdict::Trying);
        Ok(())
    }

    fn pin(&self, host: &Host) -> Result<Pin, Barred> {
        let mut books = self.books();
        if !books.pins.contains_key(host) && books.pins.len() >= self.limits.hosts {
            return Err(Barred::Spent(Budget::Hosts));
        }
        Ok(Arc::clone(books.pins.entry(host.clone()).or_default()))
    }

    async fn look_up(&self, host: &Host) -> Result<Found, Unreached> {
        let began = Instant::now();
        let found = self.dialer.look_up(host).await;
        self.books().report.resolved_in.get_or_insert(began.elapsed());
        found
    }

    /// Keeps that a connection was cut for what it used.
    pub(super) fn cut(&self, to: &Target, budget: Budget) {
        self.books().bar(to, Barred::Spent(budget));
    }

    pub(super) fn verdict(&self, of: &Target) -> Option<Verdict> {
        self.books().verdicts.get(of).copied()
    }

    pub(super) fn has_reached(&self, target: &Target) -> bool {
        self.books().reached.contains(target)
    }

    pub(super) fn report(&self) -> Report {
        Report { down: self.down.used(), up: self.up.used(), ..self.books().report.clone() }
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Books {
    fn keep(&mut self, to: &Target, verdict: Verdict) {
        if verdict == Verdict::Connected {
            self.reached.insert(to.clone());
        }
        if self.verdicts.len() < VERDICTS || self.verdicts.contains_key(to) {
            self.verdicts.insert(to.clone(), verdict);
        }
    }

    fn bar(&mut self, to: &Target, barred: Barred) {
        if let Some(class) = barred.class() {
            self.report.blocked.add(class, 1);
        }
        self.keep(to, barred.into());
    }
}

impl Barred {
    /// What it counts as, if it was us who barred it.
    fn class(self) -> Option<BlockedClass> {
        match self {
            Self::Unreached(Unreached::Denied(refused)) => Some(refused.class()),
            Self::Unreached(_) => None,
            Self::Spent(_) => Some(Budget::CLASS),
        }
    }
}

impl From<Barred> for Verdict {
    fn from(barred: Barred) -> Self {
        match barred {
            Barred::Unreached(unreached) => Self::Unreached(unreached),
            Barred::Spent(budget) => Self::Spent(budget),
        }
    }
}

impl From<Unreached> for Barred {
    fn from(unreached: Unreached) -> Self {
        Self::Unreached(unreached)
    }
}

impl From<Refused> for Barred {
    fn from(refused: Refused) -> Self {
        Self::Unreached(refused.into())
    }
}
