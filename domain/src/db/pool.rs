//! Connecting: pools for services, which survive a database that is away, and for operators.

use std::convert::Infallible;
use std::str::FromStr;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sqlx::Connection;
use sqlx::postgres::PgPoolOptions;
use tokio::time::timeout;

use super::sqlstate;
use crate::{Db, DbError};

/// How long a statement waits for a connection before the database counts as away.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// The server's `statement_timeout` for services.
const STATEMENT_TIMEOUT: &str = "10s";

/// How long a service waits for the response to a statement: longer than the server's own
/// timeout, so that the server's error arrives first, if there is one.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(12);

/// How long an operator's command waits for the response to a statement.
const OPERATOR_RESPONSE_TIMEOUT: Duration = Duration::from_mins(30);

/// A connection that was idle for longer than this is pinged before it is used.
const PING_AFTER_IDLE: Duration = Duration::from_secs(1);

/// How long that ping may take.
const PING_TIMEOUT: Duration = Duration::from_secs(2);

/// Where the database is. It may hold a password, so it is never printed.
#[derive(Debug, Clone)]
pub struct DatabaseUrl(SecretString);

impl DatabaseUrl {
    /// The URL itself, for connecting.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl FromStr for DatabaseUrl {
    type Err = Infallible;

    fn from_str(raw: &str) -> Result<Self, Infallible> {
        Ok(Self(raw.into()))
    }
}

/// Opens a pool. A direct or session-pooled connection is required.
pub async fn connect(url: &str, connections: u32) -> Result<Db, DbError> {
    Ok(Db::new(options(connections).connect(url).await?, OPERATOR_RESPONSE_TIMEOUT))
}

/// Opens a pool for a service: it connects on first use, and every statement has a timeout.
///
/// Its statements are small and always use an index. A plan made while the queue was empty
/// would be a sequential scan, and would be kept while the queue fills: after 10,000 jobs a
/// claim took 10 ms, after 100,000 jobs 150 ms. So sequential scans are priced out, and JIT
/// compilation, which a limit that cannot be estimated triggers, is off. When a connection
/// closes, the server ends its statement within a second, even one that waits for a lock; it
/// notices a dead host within 15 seconds.
pub fn connect_lazily(url: &str, connections: u32) -> Result<Db, DbError> {
    let bounded = options(connections).after_connect(|connection, _| {
        // Not startup parameters: poolers reject those.
        let settings = sqlx::query!(
            r#"
            select
                set_config('statement_timeout', $1, false) as "statement_timeout",
                set_config('enable_seqscan', 'off', false) as "enable_seqscan",
                set_config('jit', 'off', false) as "jit",
                set_config('client_connection_check_interval', '1s', false) as "check_interval",
                set_config('tcp_user_timeout', '15s', false) as "user_timeout",
                set_config('tcp_keepalives_idle', '5', false) as "keepalives_idle",
                set_config('tcp_keepalives_interval', '5', false) as "keepalives_interval",
                set_config('tcp_keepalives_count', '2', false) as "keepalives_count"
            "#,
            STATEMENT_TIMEOUT
        );
        Box::pin(async move { settings.fetch_one(connection).await.map(drop) })
    });
    Ok(Db::new(bounded.connect_lazy(url)?, RESPONSE_TIMEOUT))
}

fn options(connections: u32) -> PgPoolOptions {
    let options = PgPoolOptions::new().max_connections(connections).acquire_timeout(ACQUIRE_TIMEOUT);
    options.test_before_acquire(false).before_acquire(|connection, metadata| {
        Box::pin(async move {
            let fresh = metadata.idle_for <= PING_AFTER_IDLE;
            Ok(fresh || matches!(timeout(PING_TIMEOUT, connection.ping()).await, Ok(Ok(()))))
        })
    })
}

/// Whether the database may answer if asked again, as opposed to a statement that is wrong:
/// it could not be reached, or its SQLSTATE says so. Those classes are connection (08),
/// transaction rollback (40), insufficient resources (53), operator intervention (57), and
/// 3D000, no such database.
pub fn is_away(error: &DbError) -> bool {
    let code = sqlstate(error);
    matches!(error, DbError::PoolTimedOut | DbError::PoolClosed | DbError::Io(_) | DbError::Tls(_))
        || code.is_some_and(|code| ["08", "40", "53", "57", "3D000"].iter().any(|class| code.starts_with(class)))
}

#[cfg(test)]
mod tests {
    use super::DatabaseUrl;

    #[test]
    fn a_database_url_is_not_printed() {
        let url: DatabaseUrl = "postgres://tintype:hunter2@localhost/tintype".parse().expect("any text is accepted");

        assert!(!format!("{url:?}").contains("hunter2"));
        assert!(url.expose().contains("hunter2"));
    }
}
