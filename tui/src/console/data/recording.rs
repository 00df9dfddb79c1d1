//! Recordings: what the screens showed, as JSON lines, to look at again after an incident.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use domain::Db;
use serde::{Deserialize, Serialize};

use super::ask::ask;
use super::link::describe;
use crate::console::core::data::Data;
use crate::console::core::query::{Panel, Query};
use crate::console::core::route::{Route, Screen};
use crate::console::core::screen::{Context, Screens};

/// A line of a recording.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Line {
    /// When it was read, by the database's clock.
    at: DateTime<Utc>,
    /// Where it is shown.
    panel: Panel,
    /// The data.
    data: Data,
}

/// Why a recording cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecordingError {
    /// Name a file that can be read.
    #[error("{0} cannot be read")]
    Io(PathBuf, #[source] io::Error),
    /// Name a file that `tintype record` of this version has written.
    #[error("line {1} of {0} is not one that `tintype record` has written")]
    Line(PathBuf, usize, #[source] serde_json::Error),
    /// Name a file that is not empty.
    #[error("{0} is empty: nothing was recorded")]
    Empty(PathBuf),
}

/// What the screens showed.
#[derive(Debug, Clone)]
pub(crate) struct Recording {
    name: String,
    panels: Arc<BTreeMap<Panel, BTreeMap<DateTime<Utc>, Data>>>,
    begins: DateTime<Utc>,
    ends: DateTime<Utc>,
}

impl Recording {
    /// Reads a file.
    pub(crate) fn read(path: &Path) -> Result<Self, RecordingError> {
        let failed = |error| RecordingError::Io(path.to_owned(), error);
        let file = std::fs::File::open(path).map_err(failed)?;
        let mut panels: BTreeMap<Panel, BTreeMap<DateTime<Utc>, Data>> = BTreeMap::new();
        for (number, text) in io::BufReader::new(file).lines().enumerate() {
            let text = text.map_err(failed)?;
            let invalid = |error| RecordingError::Line(path.to_owned(), number + 1, error);
            let Line { at, panel, data } = serde_json::from_str(&text).map_err(invalid)?;
            panels.entry(panel).or_default().insert(at, data);
        }
        let times = || panels.values().flat_map(BTreeMap::keys).copied();
        let (Some(begins), Some(ends)) = (times().min(), times().max()) else {
            return Err(RecordingError::Empty(path.to_owned()));
        };
        Ok(Self { name: path.display().to_string(), panels: Arc::new(panels), begins, ends })
    }

    /// The file.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The same recording, shown from this time on.
    pub(crate) fn starting_at(mut self, at: DateTime<Utc>) -> Self {
        self.begins = at.clamp(self.begins, self.ends);
        self
    }

    /// The data of a panel, this long after the beginning. At the end, the last data stays.
    pub(super) fn at(&self, panel: Panel, elapsed: std::time::Duration) -> Option<Data> {
        let at = self.begins + TimeDelta::from_std(elapsed).unwrap_or(TimeDelta::MAX / 2);
        let times = self.panels.get(&panel)?;
        times.range(..=at).next_back().or_else(|| times.iter().next()).map(|(_, data)| data.clone())
    }
}

/// Reads what the numbered screens show when they are opened, and writes it as lines. A query that fails is left out.
pub(crate) async fn record(db: &Db, out: &mut dyn Write) -> Result<usize, String> {
    let mut lines = 0;
    let mut at = None;
    for query in queries() {
        let data = ask(db, &query).await;
        if let Ok(Data::Overview(overview)) = &data {
            at = Some(overview.at);
        }
        match (at, data) {
            (Some(at), Ok(data)) => {
                let line = Line { at, panel: query.panel(), data };
                serde_json::to_writer(&mut *out, &line).map_err(|error| error.to_string())?;
                out.write_all(b"\n").map_err(|error| error.to_string())?;
                lines += 1;
            }
            (None, Err(error)) => return Err(describe(&error)),
            (None, Ok(_)) | (Some(_), Err(_)) => {}
        }
    }
    out.flush().map_err(|error| error.to_string())?;
    Ok(lines)
}

/// What the numbered screens read when they are opened, with the counters and their time first.
fn queries() -> Vec<Query> {
    let cx = Context { now: std::time::Duration::ZERO, clock: None, size: (200, 60) };
    let mut screens = Screens::default();
    let mut queries = vec![Query::Overview];
    for screen in Screen::NUMBERED {
        let state = screens.get_mut(screen);
        state.open(&cx, &Route::to(screen));
        state.resized(&cx);
        queries.extend(state.needs(&cx).into_iter().map(|need| need.query));
    }
    queries
}
