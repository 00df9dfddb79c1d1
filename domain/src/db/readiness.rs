//! Readiness: whether the database can be worked with now, and if not, why, within a second.

use std::time::Duration;

use tokio::time::timeout;

use super::cause::{NoConnection, describe, no_connection};
use super::error::{DbError, sqlstate};
use super::schema::{Report, SchemaState, report};
use crate::Db;

/// How long the check may take that load balancers wait for.
const TIMEOUT: Duration = Duration::from_secs(1);

/// How long the check waits for a connection of the pool before it opens its own: it must not wait
/// behind customers.
const POOL_TIMEOUT: Duration = Duration::from_millis(200);

/// Why the database cannot be worked with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotReady {
    /// It cannot be reached, or does not respond, for this reason.
    #[error("the database is away: {0}")]
    Away(String),
    /// It is a standby, or accepts no writes.
    #[error("the database accepts no writes: {0}")]
    ReadOnly(String),
    /// Migrate it, or use other binaries.
    #[error(transparent)]
    Schema(SchemaState),
    /// Grant what the message names.
    #[error(
        "the role {0} may not read the schema's version: run `grant select on _sqlx_migrations to {0}` as the owner of the schema"
    )]
    NoPrivilege(String),
}

impl NotReady {
    /// The part that is not ready: `database` or `schema`.
    pub fn part(&self) -> &'static str {
        match self {
            Self::Away(_) | Self::ReadOnly(_) => "database",
            Self::Schema(_) | Self::NoPrivilege(_) => "schema",
        }
    }
}

/// Checks that the database responds, accepts writes and has a schema that this program works on,
/// and returns which: [`SchemaState::Current`] or [`SchemaState::Newer`].
pub async fn readiness(db: &Db) -> Result<SchemaState, NotReady> {
    readiness_within(db, TIMEOUT).await
}

/// As [`readiness`], for those who can wait longer.
pub async fn readiness_within(db: &Db, limit: Duration) -> Result<SchemaState, NotReady> {
    let report = match timeout(limit, Box::pin(ask(db))).await {
        Ok(Ok(report)) => report,
        Ok(Err(error)) => return Err(not_ready(db, &error)),
        Err(_elapsed) => {
            return Err(of_cause(&db.link.last_failure().unwrap_or(NoConnection::Silent)));
        }
    };
    if report.in_recovery || report.read_only {
        let cause = if report.in_recovery { NoConnection::Standby } else { NoConnection::ReadOnly };
        let not_ready = of_cause(&cause);
        db.link.renounce(&cause.into());
        return Err(not_ready);
    }
    if report.schema.is_usable() { Ok(report.schema) } else { Err(NotReady::Schema(report.schema)) }
}

/// Asks on a connection of the pool, or on one of its own if none is free.
async fn ask(db: &Db) -> Result<Report, DbError> {
    match timeout(POOL_TIMEOUT, db.acquire()).await {
        Ok(acquired) => {
            let mut checkout = acquired?;
            let report = report(checkout.connection()?).await;
            db.release(checkout, &report);
            report
        }
        Err(_busy) => report(&mut Box::pin(db.link.connect()).await?).await,
    }
}

fn not_ready(db: &Db, error: &DbError) -> NotReady {
    if sqlstate(error).is_some_and(|code| code == "42501") {
        return NotReady::NoPrivilege(db.link.options().get_username().to_owned());
    }
    no_connection(error).map_or_else(|| NotReady::Away(describe(error)), of_cause)
}

/// A session that cannot write is refused when it is set up, with one of these causes.
fn of_cause(cause: &NoConnection) -> NotReady {
    match cause {
        NoConnection::Standby | NoConnection::ReadOnly => NotReady::ReadOnly(cause.to_string()),
        NoConnection::Cause(_) | NoConnection::Busy(_) | NoConnection::TransactionPooler | NoConnection::Silent => {
            NotReady::Away(cause.to_string())
        }
    }
}
