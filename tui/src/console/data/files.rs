//! Files: results that are saved or opened, each by a task with a connection of its own.

use domain::Db;
use domain::id::JobId;
use tokio::sync::mpsc::Sender;
use tokio::task::JoinSet;

use crate::console::core::message::Message;
use crate::output::format::sanitize;
use crate::result_file::{self, ResultFileError, SavedResult};
use crate::target::Target;

/// Saves and opens results.
#[derive(Debug)]
pub(in crate::console) struct Files {
    target: Target,
    out: Sender<Message>,
    tasks: JoinSet<()>,
}

impl Files {
    /// Saves results of this database.
    pub(in crate::console) fn new(target: &Target, out: &Sender<Message>) -> Self {
        Self { target: target.clone(), out: out.clone(), tasks: JoinSet::new() }
    }

    /// Saves a result to the current directory, or opens it in a viewer.
    pub(in crate::console) fn save(&mut self, job: JobId, is_opened: bool) {
        let (target, out) = (self.target.clone(), self.out.clone());
        while self.tasks.try_join_next().is_some() {}
        self.tasks.spawn(async move {
            let note = match target.connect().await {
                Ok(db) => describe(save(&db, job, is_opened).await),
                Err(error) => error.to_string(),
            };
            drop(out.send(Message::Note(sanitize(&note))).await);
        });
    }
}

async fn save(db: &Db, job: JobId, is_opened: bool) -> Result<SavedResult, ResultFileError> {
    if is_opened { result_file::open(db, job).await } else { result_file::save(db, job, None).await }
}

fn describe(saved: Result<SavedResult, ResultFileError>) -> String {
    saved.map_or_else(|error| error.to_string(), |saved| saved.describe())
}
