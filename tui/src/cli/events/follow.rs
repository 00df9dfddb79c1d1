//! `tintype events --follow`: prints events as they happen.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::event::{Event, EventFilter, EventId, tail};
use domain::{Db, DbError};
use tokio::time::{MissedTickBehavior, interval};

use super::describe::line;
use super::latest::latest;
use crate::cli::error::CommandError;
use crate::output::OutputFormat;

/// How often new events are read.
const INTERVAL: Duration = Duration::from_secs(1);

/// How many events are remembered, so that none is printed twice: more than one read can return.
const MAX_KNOWN: usize = 4_000;

/// Prints the latest events, oldest first, and then each new one. Events that were committed late are printed late.
pub(super) async fn run(db: &Db, format: OutputFormat, filter: &EventFilter, limit: i64) -> Result<(), CommandError> {
    let mut known = Known::default();
    let mut newest = latest(db, filter, 1).await?.first().map(|event| event.at);
    // What happened before is not printed, even where less was asked for than there is. It is read first: later events
    // are not part of it.
    let before = news(db, filter, newest).await?;
    let first = latest(db, filter, limit).await?;
    newest = newest.max(first.iter().map(|event| event.at).max());
    let mut is_read = print(format, oldest_first(first.clone()))?;
    known.new_ones(before.into_iter().chain(first).collect());
    let mut ticks = interval(INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while is_read {
        ticks.tick().await;
        let events = news(db, filter, newest).await?;
        newest = newest.max(events.iter().map(|event| event.at).max());
        is_read = print(format, known.new_ones(events))?;
    }
    Ok(())
}

/// Reads everything that may be new.
async fn news(db: &Db, filter: &EventFilter, newest: Option<DateTime<Utc>>) -> Result<Vec<Event>, DbError> {
    let (mut events, mut after) = (Vec::new(), None);
    loop {
        let page = tail(db, filter, newest, after).await?;
        events.extend(page.events);
        after = page.next.filter(|_| newest.is_some() && events.len() < MAX_KNOWN / 2);
        if after.is_none() {
            return Ok(events);
        }
    }
}

/// The events that were printed.
#[derive(Debug, Default)]
struct Known {
    ids: BTreeSet<(DateTime<Utc>, EventId)>,
}

impl Known {
    /// Returns the events that were not known, oldest first.
    fn new_ones(&mut self, events: Vec<Event>) -> Vec<Event> {
        let is_new = |event: &Event| event.key().is_some_and(|id| self.ids.insert((event.at, id)));
        let new = oldest_first(events.into_iter().filter(is_new).collect());
        while self.ids.len() > MAX_KNOWN {
            self.ids.pop_first();
        }
        new
    }
}

fn oldest_first(mut events: Vec<Event>) -> Vec<Event> {
    events.reverse();
    events.sort_by_key(|event| event.at);
    events
}

/// Prints events. Returns whether somebody still reads them.
fn print(format: OutputFormat, events: Vec<Event>) -> Result<bool, CommandError> {
    let mut out = io::stdout().lock();
    for event in events {
        let line = format.format(&event, || line(&event))?;
        match writeln!(out, "{line}").and_then(|()| out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(false),
            result => result?,
        }
    }
    Ok(true)
}
