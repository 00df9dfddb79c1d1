//! Notifications: whether LISTEN and NOTIFY work through whatever is between here and the server.

use std::time::{Duration, Instant};

use sqlx::postgres::PgListener;
use tokio::time::timeout;

use super::finding::{Finding, Status};
use crate::{Db, DbError};

/// A channel that no process listens on.
const CHANNEL: &str = "tintype_doctor";

/// After this, a notification is lost.
const TIMEOUT: Duration = Duration::from_secs(2);

pub(super) async fn notifications(db: &Db) -> Result<Vec<Finding>, DbError> {
    let mut listener = PgListener::connect_with(db.pool()).await?;
    listener.listen(CHANNEL).await?;
    let started = Instant::now();
    sqlx::query!(r#"select pg_notify($1, '')::text as "sent""#, CHANNEL).fetch_one(&mut listener).await?;
    let finding = match timeout(TIMEOUT, listener.recv()).await {
        Ok(received) => {
            received?;
            Finding::ok("notifications", format!("received after {:.1} ms", started.elapsed().as_secs_f64() * 1000.0))
        }
        Err(_elapsed) => Finding::new("notifications", Status::Fail, "not received")
            .advised("connect directly, or through a pooler in session mode: until then, processes poll"),
    };
    Ok(vec![finding])
}
