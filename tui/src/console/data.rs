//! Asking the database, once a second, for ever.

use std::io;
use std::time::Duration;

use domain::overview::{Overview, overview};
use domain::{Db, DbError, schema};
use tokio::sync::mpsc::Sender;
use tokio::time::{Instant, sleep, timeout};

use super::core::{Msg, Trouble};
use crate::backoff::rest;
use crate::database::{DatabaseError, Source};
use crate::text;

/// How long to rest between two questions.
const REST: Duration = Duration::from_secs(1);
/// After this long without an answer, what is shown counts as old.
const SLOW: Duration = Duration::from_secs(3);
/// After this long more the connection is given up. Not at once: a statement that waits
/// in the database goes on there, and asking again and again would pile them up.
const GIVEN_UP: Duration = Duration::from_secs(12);
/// The longest rest after a failure.
const LONGEST_REST: Duration = Duration::from_secs(5);

/// Asks until nobody listens any more.
pub(super) async fn ask(source: Source, start: Instant, tell: Sender<Msg>) {
    let mut db = None;
    let mut tries = 0;
    while !tell.is_closed() {
        let late = || {
            let why = format!("no answer for {}", text::span(SLOW));
            tell.try_send(Msg::Failed(Trouble { why, tries: tries + 1, next: None }))
        };
        let (msg, rest) = match look(&source, &mut db, || drop(late())).await {
            Ok(seen) => {
                tries = 0;
                (Msg::Seen(Box::new(seen)), REST)
            }
            Err(why) => {
                db = None;
                tries += 1;
                let rest = rest(tries, LONGEST_REST);
                (Msg::Failed(Trouble { why, tries, next: Some(start.elapsed() + rest) }), rest)
            }
        };
        if tell.send(msg).await.is_err() {
            return;
        }
        sleep(rest).await;
    }
}

/// Looks once; calls `late` when it takes long.
async fn look(source: &Source, db: &mut Option<Db>, late: impl FnOnce()) -> Result<Overview, String> {
    let db = match db {
        Some(db) => db,
        None => db.insert(connect(source)?),
    };
    let mut question = std::pin::pin!(overview(db));
    let answer = if let Ok(answer) = timeout(SLOW, &mut question).await {
        answer
    } else {
        late();
        timeout(GIVEN_UP, question).await.map_err(|_| format!("no answer for {}", text::span(SLOW + GIVEN_UP)))?
    };
    answer.map_err(|error| why(&error))
}

/// The address is asked for anew each time: another `tintype up` may have another.
fn connect(source: &Source) -> Result<Db, String> {
    let url = source.url().map_err(|error| match error {
        DatabaseError::Unknown(_) => "`tintype up` does not run".to_owned(),
        other @ (DatabaseError::Unreadable(..) | DatabaseError::Away(_) | DatabaseError::NoConnection) => {
            text::clean(&other.to_string())
        }
    })?;
    schema::connect_lazily(&url, 1).map_err(|error| why(&error))
}

/// A database's error in a line.
fn why(error: &DbError) -> String {
    let why = if let DbError::Io(error) = error {
        if error.kind() == io::ErrorKind::NotFound { "its socket is gone".to_owned() } else { error.to_string() }
    } else if let DbError::PoolTimedOut = error {
        "no connection within 5s".to_owned()
    } else {
        error.as_database_error().map_or_else(|| error.to_string(), |said| said.message().to_owned())
    };
    text::clean(why.split(" (os error").next().unwrap_or_default())
}
