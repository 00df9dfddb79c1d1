//! Why a schema cannot be migrated, and the way out.

use sqlx::migrate::MigrateError as DriverError;

use super::cause::{NoConnection, describe};
use super::error::{DbError, sqlstate};
use super::schema::SchemaState;

/// Why the schema was not migrated. Nothing was changed, or only by the migrations that succeeded.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// Upgrade the server.
    #[error("the server is PostgreSQL {0}: version 15 or newer is required")]
    Version(i32),
    /// Create another database.
    #[error(
        "the database {database} has the encoding {encoding}: create one with `create database … encoding 'UTF8' template template0`"
    )]
    Encoding {
        /// The database.
        database: String,
        /// Its encoding.
        encoding: String,
    },
    /// Connect to the primary.
    #[error("the server is a standby: connect to the primary")]
    Standby,
    /// Allow writes.
    #[error("the session is read-only: use the primary, or turn default_transaction_read_only off for {0}")]
    ReadOnly(String),
    /// Grant it.
    #[error(
        "the role {role} may not create in the schema {schema}: run `grant create on schema {schema} to {role}` as its owner"
    )]
    NoPrivilege {
        /// The role.
        role: String,
        /// The schema.
        schema: String,
    },
    /// Connect as the owner.
    #[error("the schema belongs to {owner}: run `tintype migrate` as that role, not as {role}")]
    NotOwner {
        /// The role.
        role: String,
        /// The owner.
        owner: String,
    },
    /// Use another database.
    #[error("{}", SchemaState::Unrelated)]
    Unrelated,
    /// End the transaction, or wait for it.
    #[error("{}", blocked(.0.as_ref()))]
    Blocked(Option<Blocker>),
    /// Use a direct connection.
    #[error("{}", NoConnection::TransactionPooler)]
    TransactionPooler,
    /// A migration that was applied differs from the one of this program: it was edited, or is of another branch.
    #[error("{}", SchemaState::Edited(*.0))]
    Edited(i64),
    /// See the message.
    #[error("migration {0} failed: {1}")]
    Failed(i64, String),
    /// Check whether the database runs.
    #[error("{}", describe(.0))]
    Db(DbError),
    /// A bug.
    #[error(transparent)]
    Driver(DriverError),
}

/// A session that has been in a transaction for the longest time among those that hold a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocker {
    /// The server's process.
    pub pid: i32,
    /// Which program it is.
    pub application_name: String,
    /// How long its transaction has been running, in seconds.
    pub seconds: i64,
}

impl From<DriverError> for MigrateError {
    fn from(error: DriverError) -> Self {
        if let DriverError::VersionMismatch(version) = error {
            Self::Edited(version)
        } else if let DriverError::ExecuteMigration(error, version) = error {
            Self::of(error, |error| Self::Failed(version, describe(&error)))
        } else if let DriverError::Execute(error) = error {
            Self::of(error, Self::Db)
        } else {
            Self::Driver(error)
        }
    }
}

impl MigrateError {
    fn of(error: DbError, otherwise: impl FnOnce(DbError) -> Self) -> Self {
        let is_blocked = sqlstate(&error).is_some_and(|code| code == "55P03");
        if is_blocked { Self::Blocked(None) } else { otherwise(error) }
    }
}

fn blocked(by: Option<&Blocker>) -> String {
    let wait = "a lock was not available within 10 s";
    match by {
        Some(Blocker { pid, application_name, seconds }) => format!(
            "{wait}: the transaction of process {pid} ({application_name}) has been running for {seconds} s; run `tintype migrate` again when it has ended, or end it with `select pg_terminate_backend({pid})`"
        ),
        None => format!("{wait}: run `tintype migrate` again"),
    }
}
