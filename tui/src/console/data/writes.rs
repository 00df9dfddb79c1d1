//! The lane of changes: a connection that exists only while changes are unlocked.

use std::sync::Arc;

use domain::Db;
use domain::event::Actor;
use tokio::sync::Mutex;
use tokio::sync::mpsc::Sender;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::perform::perform;
use crate::actor;
use crate::console::core::message::Message;
use crate::console::core::write::Write;
use crate::target::Target;

/// Makes changes, one task each.
#[derive(Debug)]
pub(in crate::console) struct Writes {
    target: Target,
    out: Sender<Message>,
    actor: Actor,
    db: Arc<Mutex<Option<Db>>>,
    tasks: JoinSet<()>,
}

impl Writes {
    /// Makes changes to a database, once it is opened for them.
    pub(in crate::console) fn new(target: &Target, out: &Sender<Message>) -> Self {
        Self {
            target: target.clone(),
            out: out.clone(),
            actor: actor::current(),
            db: Arc::default(),
            tasks: JoinSet::new(),
        }
    }

    /// Opens the connection.
    pub(in crate::console) fn open(&mut self) {
        let (target, out, db) = (self.target.clone(), self.out.clone(), Arc::clone(&self.db));
        self.tasks.spawn(async move {
            let opened = match target.connect().await {
                Ok(new) => {
                    *db.lock().await = Some(new);
                    Ok(())
                }
                Err(error) => Err(crate::output::format::sanitize(&error.to_string())),
            };
            drop(out.send(Message::WritesOpened(opened)).await);
        });
    }

    /// Closes the connection, when the changes that are being made have ended.
    pub(in crate::console) fn close(&mut self) {
        let db = Arc::clone(&self.db);
        self.tasks.spawn(async move { *db.lock().await = None });
    }

    /// Makes a change.
    pub(in crate::console) fn write(&mut self, id: u64, write: Write) {
        let (out, db, actor) = (self.out.clone(), Arc::clone(&self.db), self.actor.clone());
        while self.tasks.try_join_next().is_some() {}
        self.tasks.spawn(async move {
            let started = Instant::now();
            let result = match db.lock().await.as_ref() {
                Some(db) => perform(db, &actor, id, &write).await,
                None => Err("changes are locked".to_owned()),
            };
            drop(out.send(Message::Written(id, result, started.elapsed())).await);
        });
    }
}
