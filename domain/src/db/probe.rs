//! The search for a pooler in transaction mode, which gives each transaction whichever session of the server is free.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, PgConnection};
use tokio::time::timeout;

use super::error::DbError;
use super::session::{backend, backend_and_age, is_lost};

/// The most others that begin transactions. Without a pooler, one does.
const OTHERS: usize = 4;

/// How long they may take.
const BEGIN_TIMEOUT: Duration = Duration::from_secs(1);

/// How long the session that is examined may take to respond.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(3);

/// What a search found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Probe {
    /// Sessions are kept: no pooler shares them.
    NoPooler,
    /// They are not.
    Pooler,
    /// None of the others was given a new process in time: search again with the next session.
    Unknown,
}

/// Returns whether this session keeps this process of the server.
///
/// A pooler may give that process to others while this session has no transaction. So others begin transactions, until
/// one gets a process that was started for it: then the pooler, if there is one, had no other to give.
pub(super) async fn probe(
    options: &PgConnectOptions,
    connection: &mut PgConnection,
    process: i32,
) -> Result<Probe, DbError> {
    let mut others = Vec::with_capacity(OTHERS);
    match timeout(BEGIN_TIMEOUT, begin(options, process, &mut others)).await {
        Ok(Ok(Backend::New)) => (),
        Ok(Ok(Backend::Shared)) => return Ok(Probe::Pooler),
        Ok(Ok(Backend::Old) | Err(_)) | Err(_) => return Ok(Probe::Unknown),
    }
    match timeout(RESPONSE_TIMEOUT, backend(connection)).await {
        Ok(Ok(now)) if now == process => Ok(Probe::NoPooler),
        Ok(Err(error)) if !is_lost(&error) => Err(error),
        Ok(Ok(_) | Err(_)) => Ok(Probe::Pooler),
        // A busy server: not a reason to refuse it. This session still waits for a response, so it is closed.
        Err(_elapsed) => Err(DbError::Io(ErrorKind::TimedOut.into())),
    }
}

/// The process that another session was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Backend {
    /// It was started for it.
    New,
    /// It was idle.
    Old,
    /// It is that of the session that is examined, or has the statements of some other.
    Shared,
}

/// Opens others, each in a transaction, until one is given a new process or a shared one.
async fn begin(options: &PgConnectOptions, process: i32, others: &mut Vec<PgConnection>) -> Result<Backend, DbError> {
    let started = Instant::now();
    while others.len() < OTHERS {
        let mut other = options.connect().await?;
        sqlx::raw_sql("begin").execute(&mut other).await?;
        let (given, age) = match backend_and_age(&mut other).await {
            Err(error) if is_lost(&error) => return Ok(Backend::Shared),
            answer => answer?,
        };
        others.push(other);
        if given == process {
            return Ok(Backend::Shared);
        }
        if age < started.elapsed() {
            return Ok(Backend::New);
        }
    }
    Ok(Backend::Old)
}
