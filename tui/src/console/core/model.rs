//! The model: everything that the console knows.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::overview::Snapshot;

use super::access::WriteAccess;
use super::environment::Environment;
use super::link::{Database, Link};
use super::load::Load;
use super::log::Entry;
use super::overlay::Overlay;
use super::preview::{AFTER_KEY, Previews, Wanted};
use super::query::{Need, Query};
use super::route::{Routes, Screen};
use super::schedule::Schedule;
use super::screen::{Context, Screens};
use super::settings::Settings;

/// How often the counters are read that every screen shows.
pub(crate) const OVERVIEW_EVERY: Duration = Duration::from_secs(2);

/// How often they are read while nobody looks.
const UNWATCHED_EVERY: Duration = Duration::from_secs(10);

/// After this long without a key, nobody looks.
const UNWATCHED_AFTER: Duration = Duration::from_mins(5);

/// Everything that the console knows. Times are since its start.
#[derive(Debug)]
pub(crate) struct Model {
    /// The time.
    pub(crate) now: Duration,
    /// The columns and lines of the terminal.
    pub(crate) size: (u16, u16),
    /// Which service is shown.
    pub(crate) environment: Environment,
    /// Its database.
    pub(crate) database: Database,
    /// Whether the database answers.
    pub(crate) link: Link,
    /// How long it took to answer with the counters.
    pub(crate) took: Option<Duration>,
    /// When it last answered.
    pub(crate) last_answer: Option<Duration>,
    /// The counters of the service.
    pub(crate) overview: Load<Snapshot>,
    /// Where the operator is.
    pub(crate) routes: Routes,
    /// What the screens know.
    pub(crate) screens: Screens,
    /// What lies over the screen.
    pub(crate) overlays: Vec<Overlay>,
    /// Whether anything may be changed.
    pub(crate) access: WriteAccess,
    /// Something to say, and until when.
    pub(crate) toast: Option<(String, Duration)>,
    /// The previews of results.
    pub(crate) previews: Previews,
    /// What this console changed, the newest last.
    pub(crate) log: Vec<Entry>,
    /// Names that were chosen in the palette, the newest last.
    pub(crate) recent: Vec<String>,
    /// How it looks and how often it reads.
    pub(crate) settings: Settings,
    /// Whether the screen must be drawn again.
    pub(crate) is_dirty: bool,
    pub(super) schedule: Schedule,
    pub(super) last_key: Duration,
    pub(super) unfocused_since: Option<Duration>,
    /// The confirmations whose changes are being made.
    pub(super) writing: Vec<(u64, String)>,
    pub(super) next_write: u64,
}

impl Model {
    /// A console that has just started. The number must differ from that of every other console: the confirmations
    /// of this one are numbered from it on.
    pub(crate) fn new(environment: Environment, size: (u16, u16), first_write: u64) -> Self {
        Self {
            now: Duration::ZERO,
            size,
            environment,
            database: Database::default(),
            link: Link::Connecting,
            took: None,
            last_answer: None,
            overview: Load::default(),
            routes: Routes::default(),
            screens: Screens::default(),
            overlays: Vec::new(),
            access: WriteAccess::Locked,
            toast: None,
            previews: Previews::default(),
            log: Vec::new(),
            recent: Vec::new(),
            settings: Settings::default(),
            is_dirty: true,
            schedule: Schedule::default(),
            last_key: Duration::ZERO,
            unfocused_since: None,
            writing: Vec::new(),
            next_write: first_write,
        }
    }

    /// The current screen.
    pub(crate) fn screen(&self) -> Screen {
        self.routes.current().screen()
    }

    /// What screens may know of their surroundings.
    pub(crate) fn context(&self) -> Context {
        Context { now: self.now, clock: self.clock(), size: self.size }
    }

    /// The time by the database's clock.
    pub(crate) fn clock(&self) -> Option<DateTime<Utc>> {
        let (overview, at) = self.overview.data().zip(self.overview.at())?;
        Some(overview.at + self.now.saturating_sub(at))
    }

    /// Whether the data on the screen is out of date, and for how long.
    pub(crate) fn stale_for(&self) -> Option<Duration> {
        match (&self.link, self.last_answer) {
            (Link::Down(_), Some(at)) => Some(self.now.saturating_sub(at)),
            (Link::Connecting | Link::Live | Link::Down(_), _) => None,
        }
    }

    /// Why nothing may be changed now, and the way out.
    pub(crate) fn refusal(&self) -> Option<String> {
        self.lock().map(|reason| format!("Nothing was changed: {reason}."))
    }

    /// Why changes are locked, for a list of what could be done.
    pub(crate) fn lock(&self) -> Option<&'static str> {
        let reason = match (&self.link, self.access) {
            (Link::Connecting | Link::Down(_), _) => "the database does not answer",
            (Link::Live, _) if self.database.is_standby => "this database is a standby: connect to the primary",
            (Link::Live, _) if self.environment.is_read_only => {
                "this environment is read-only: set read_only = false in its profile"
            }
            (Link::Live, WriteAccess::Locked | WriteAccess::Opening) => "changes are locked: press W to unlock them",
            (Link::Live, WriteAccess::Unlocked(_)) => return None,
        };
        Some(reason)
    }

    /// What must be read now.
    pub(crate) fn needs(&self) -> Vec<Need> {
        if self.settings.is_frozen || self.link != Link::Live {
            return Vec::new();
        }
        if self.is_unwatched() {
            return vec![Need::live(Query::Overview, UNWATCHED_EVERY)];
        }
        let mut needs = vec![Need::live(Query::Overview, OVERVIEW_EVERY)];
        needs.extend(self.screens.get(self.screen()).needs(&self.context()));
        let query =
            self.wanted().filter(|_| self.now >= self.last_key + AFTER_KEY).and_then(|w| self.previews.query(w));
        needs.extend(query.map(|query| Need::by_hand(Query::Preview(query), None)));
        needs
    }

    /// The preview that is on the screen, unless something lies over it.
    pub(crate) fn wanted(&self) -> Option<Wanted> {
        self.screens.get(self.screen()).preview(&self.context()).filter(|_| self.overlays.is_empty())
    }

    fn is_unwatched(&self) -> bool {
        self.unfocused_since.is_some() || self.now >= self.last_key + UNWATCHED_AFTER
    }

    /// When the model changes next by the passing of time alone.
    pub(crate) fn next_tick(&self) -> Option<Duration> {
        let next_second = Duration::from_secs(self.now.as_secs() + 1);
        let counts = self.access.is_open() || matches!(self.link, Link::Down(_));
        let due = self.schedule.next(&self.needs(), self.settings.stretch);
        let line = self.overlays.iter().find_map(Overlay::ends_at);
        let toast = self.toast.as_ref().map(|(_, until)| *until);
        let is_waiting = self.now < self.last_key + AFTER_KEY;
        let preview = self.wanted().filter(|_| is_waiting).map(|_| self.last_key + AFTER_KEY);
        [due, line, toast, preview, counts.then_some(next_second)].into_iter().flatten().min()
    }
}
