//! Connecting: pools for services, which survive a database that is away, and for operators.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnection, PgPoolOptions};
use sqlx::{Connection, PgPool};
use tokio::time::timeout;

use super::error::DbError;
use super::invalid_url::InvalidUrl;
use super::link::Link;
use super::session::{User, is_writable};
use super::url::Address;
use crate::Db;

/// How long a statement waits for a permit and a connection before the database counts as away.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a service waits for the response to a statement: longer than the server's own
/// timeout, so that the server's error arrives first, if there is one.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(12);

/// How long an operator's command waits for the response to a statement.
const OPERATOR_RESPONSE_TIMEOUT: Duration = Duration::from_mins(30);

/// A connection that was idle for longer than this is checked before it is used.
const CHECK_AFTER_IDLE: Duration = Duration::from_secs(1);

/// How long that check may take.
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);

/// Opens a pool for an operator's command. A direct or session-pooled connection is required.
pub async fn connect(url: &str, connections: u32) -> Result<Db, DbError> {
    let address: Address = url.parse().map_err(|invalid: InvalidUrl| DbError::Configuration(invalid.into()))?;
    let db = open(address, User::Operator, connections);
    db.acquire().await?.return_to_pool();
    Ok(db)
}

/// Opens a pool for a service: it connects on first use, to the primary only, and every statement
/// has a timeout.
pub fn connect_lazily(url: &str, connections: u32) -> Result<Db, InvalidUrl> {
    Ok(open(url.parse()?, User::Service, connections))
}

/// Opens a pool of one connection to the database of another pool, for what must not wait behind the
/// other's statements. It connects on first use.
pub fn connect_beside(db: &Db) -> Db {
    let link = Arc::clone(&db.link);
    Db::new(pool(&link, User::Service, 1, ACQUIRE_TIMEOUT), link, RESPONSE_TIMEOUT)
}

/// Opens a pool for the console: of one connection that can change nothing, to a standby, too. The connection is not
/// checked before a statement, which would be a round trip more for each: the console reconnects when one fails.
pub fn connect_to_read(url: &str) -> Result<Db, InvalidUrl> {
    Ok(open(url.parse()?, User::Reader, 1).with_kept_connection())
}

fn open(address: Address, user: User, connections: u32) -> Db {
    let wait = address.connect_timeout.unwrap_or(ACQUIRE_TIMEOUT);
    let link = Arc::new(Link::new(address, user));
    let response_timeout = if user == User::Operator { OPERATOR_RESPONSE_TIMEOUT } else { RESPONSE_TIMEOUT };
    Db::new(pool(&link, user, connections, wait), link, response_timeout)
}

fn pool(link: &Arc<Link>, user: User, connections: u32, wait: Duration) -> PgPool {
    let (setting_up, checking) = (Arc::clone(link), Arc::clone(link));
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(wait)
        .test_before_acquire(false)
        .after_connect(move |connection, _| {
            let link = Arc::clone(&setting_up);
            Box::pin(async move { link.set_up(connection).await })
        })
        .before_acquire(move |connection, metadata| {
            let link = Arc::clone(&checking);
            Box::pin(async move {
                if link.is_renounced(metadata.age) {
                    return Ok(false);
                }
                let is_fresh = metadata.idle_for <= CHECK_AFTER_IDLE || user == User::Reader;
                Ok(is_fresh || timeout(CHECK_TIMEOUT, is_usable(connection, &link, user)).await.unwrap_or(false))
            })
        })
        .connect_lazy_with(link.options().clone())
}

/// Whether the server responds and, for a service, accepts writes.
async fn is_usable(connection: &mut PgConnection, link: &Link, user: User) -> bool {
    if user != User::Service {
        return connection.ping().await.is_ok();
    }
    match is_writable(connection).await {
        Ok(true) => true,
        Ok(false) => {
            link.renounce(&super::NoConnection::ReadOnly.into());
            false
        }
        Err(_closed) => false,
    }
}
