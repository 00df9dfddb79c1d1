//! Lanes: one connection each, so that what the operator asks for never waits behind what is read again and again.

use std::collections::VecDeque;
use std::time::Duration;

use domain::{Db, DbError};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::ask::ask;
use super::job::Job;
use super::link::{connect, describe, no_response};
use super::playback::play;
use super::source::Source;
use crate::backoff;
use crate::console::core::data::Data;
use crate::console::core::link::Outage;
use crate::console::core::message::Message;
use crate::console::core::query::Lane;
use crate::console::core::schedule::Fetch;
use crate::target::Target;

/// After this long without a response, the data on the screen counts as stale.
const SLOW_AFTER: Duration = Duration::from_secs(3);

/// After this long more, the connection is closed. The server's own timeout ends the statement earlier.
const GIVE_UP_AFTER: Duration = Duration::from_secs(2);

/// The longest delay after a failure.
const MAX_RETRY_DELAY: Duration = Duration::from_secs(5);

/// How many queries may wait for a lane: more than there are panels.
const QUEUE: usize = 64;

/// When the console started, for times that are shown.
pub(in crate::console) type Start = Instant;

/// The lanes. Dropping them ends their tasks.
#[derive(Debug)]
pub(in crate::console) struct Lanes {
    live: Sender<Job>,
    hand: Sender<Job>,
    _tasks: JoinSet<()>,
}

impl Lanes {
    /// Starts to connect. What happens is sent as messages.
    pub(in crate::console) fn start(source: &Source, start: Start, out: &Sender<Message>) -> Self {
        let mut tasks = JoinSet::new();
        let target = match source {
            Source::Database(target) => target,
            Source::Recording(recording) => {
                let (sender, jobs) = mpsc::channel(QUEUE);
                tasks.spawn(play(recording.clone(), start, jobs, out.clone()));
                return Self { live: sender.clone(), hand: sender, _tasks: tasks };
            }
        };
        let mut lane = |lane| {
            let (sender, jobs) = mpsc::channel(QUEUE);
            let runner =
                Runner { target: target.clone(), lane, start, out: out.clone(), jobs, waiting: VecDeque::new() };
            tasks.spawn(runner.run());
            sender
        };
        let (live, hand) = (lane(Lane::Live), lane(Lane::Hand));
        Self { live, hand, _tasks: tasks }
    }

    /// Asks a query. It is left out if the lane is far behind: the schedule asks again.
    pub(in crate::console) fn fetch(&self, fetch: Fetch) {
        let lane = match fetch.lane {
            Lane::Live => &self.live,
            Lane::Hand => &self.hand,
        };
        drop(lane.try_send(Job::Fetch(fetch)));
    }

    /// Tries to reach the database now, if it is away.
    pub(in crate::console) fn reconnect(&self) {
        drop(self.live.try_send(Job::Reconnect));
    }
}

/// One lane.
struct Runner {
    target: Target,
    lane: Lane,
    start: Start,
    out: Sender<Message>,
    jobs: Receiver<Job>,
    waiting: VecDeque<Fetch>,
}

impl Runner {
    async fn run(mut self) {
        let mut db = None;
        let mut attempts = 0;
        // The lane of the operator connects when it is used first.
        while self.lane == Lane::Live || self.next().await {
            let connection = match db.take() {
                Some(db) => db,
                None => match connect(&self.target).await {
                    Ok((new, database)) => {
                        attempts = 0;
                        if self.lane == Lane::Live {
                            self.waiting.clear();
                            self.send(Message::Connected(database)).await;
                        }
                        new
                    }
                    Err(reason) => {
                        attempts += 1;
                        self.failed(reason, attempts).await;
                        continue;
                    }
                },
            };
            if !self.next().await {
                return;
            }
            let Some(fetch) = self.waiting.pop_front() else { continue };
            db = self.serve(connection, fetch).await;
        }
    }

    /// Waits for something to fetch. A newer question of a panel replaces the one that waits. Returns whether the
    /// console still runs.
    async fn next(&mut self) -> bool {
        if self.waiting.is_empty() {
            match self.jobs.recv().await {
                Some(Job::Fetch(fetch)) => self.add(fetch),
                Some(Job::Reconnect) => {}
                None => return false,
            }
        }
        while let Ok(job) = self.jobs.try_recv() {
            if let Job::Fetch(fetch) = job {
                self.add(fetch);
            }
        }
        true
    }

    fn add(&mut self, fetch: Fetch) {
        self.waiting.retain(|waiting| waiting.query.panel() != fetch.query.panel());
        self.waiting.push_back(fetch);
    }

    /// Asks one query, and returns the connection if it is still good. A query is never dropped while it runs: the
    /// next one on its connection would wait for it.
    async fn serve(&mut self, db: Db, fetch: Fetch) -> Option<Db> {
        let asked = Instant::now();
        let question = fetch.query.clone();
        let mut query = Box::pin(ask(&db, &question));
        let result = match timeout(SLOW_AFTER, &mut query).await {
            Ok(result) => result,
            Err(_elapsed) => {
                self.slow().await;
                match timeout(GIVE_UP_AFTER, &mut query).await {
                    Ok(result) => result,
                    Err(_elapsed) => {
                        self.failed_fetch(fetch, no_response(SLOW_AFTER + GIVE_UP_AFTER), asked).await;
                        return None;
                    }
                }
            }
        };
        drop(query);
        match result {
            Err(error) if is_lost(&error) => {
                self.failed_fetch(fetch, describe(&error), asked).await;
                None
            }
            result => {
                self.answer(&fetch, result.map_err(|error| describe(&error)), asked).await;
                Some(db)
            }
        }
    }

    /// What becomes of a query whose connection is lost: the live lane connects again, which asks everything again.
    async fn failed_fetch(&mut self, fetch: Fetch, reason: String, asked: Instant) {
        match self.lane {
            Lane::Live => self.disconnected(reason, 0, Some(self.start.elapsed())).await,
            Lane::Hand => self.answer(&fetch, Err(reason), asked).await,
        }
    }

    /// The database cannot be reached. Waits for the next attempt, or until it is asked for.
    async fn failed(&mut self, reason: String, attempts: u32) {
        if self.lane == Lane::Hand {
            while let Some(fetch) = self.waiting.pop_front() {
                self.answer(&fetch, Err(reason.clone()), Instant::now()).await;
            }
            return;
        }
        let delay = jittered(backoff::delay(attempts, MAX_RETRY_DELAY));
        self.disconnected(reason, attempts, Some(self.start.elapsed() + delay)).await;
        let mut pause = std::pin::pin!(sleep(delay));
        loop {
            tokio::select! {
                () = &mut pause => return,
                job = self.jobs.recv() => match job {
                    Some(Job::Fetch(_)) => {}
                    Some(Job::Reconnect) | None => return,
                },
            }
        }
    }

    async fn slow(&self) {
        if self.lane == Lane::Live {
            self.disconnected(no_response(SLOW_AFTER), 0, None).await;
        }
    }

    async fn disconnected(&self, reason: String, attempts: u32, retry_at: Option<Duration>) {
        self.send(Message::Disconnected(Outage { reason, attempts, retry_at })).await;
    }

    async fn answer(&self, fetch: &Fetch, result: Result<Data, String>, asked: Instant) {
        let (panel, generation, took) = (fetch.query.panel(), fetch.generation, asked.elapsed());
        self.send(Message::Response { panel, generation, result, took }).await;
    }

    async fn send(&self, message: Message) {
        // The console ends.
        drop(self.out.send(message).await);
    }
}

/// Whether an error means that the connection is lost, and not that the server refused the statement.
fn is_lost(error: &DbError) -> bool {
    error.as_database_error().is_none() || domain::db::sqlstate(error).is_some_and(|code| code.starts_with("57P"))
}

/// Ten consoles must not return in step after an outage.
fn jittered(delay: Duration) -> Duration {
    let part = std::process::id() % 21;
    delay * (90 + part) / 100
}
