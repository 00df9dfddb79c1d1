//! A database for one test: copied from the template, and dropped when the test succeeds.

use domain::job::DEFAULT_MAX_AGE;
use domain::{Db, audit};
use sqlx::AssertSqlSafe;
use sqlx::postgres::PgListener;
use tokio::time::timeout;
use uuid::Uuid;

use crate::TEST_TIMEOUT;
use crate::server::{admin_connection, server, url_of};
use crate::template::{CHANGE_TRIGGERS, template};

/// A database with the schema and no rows.
pub struct Database {
    /// Its URL, for processes.
    pub url: String,
    /// A connection pool.
    pub db: Db,
    server: String,
    name: String,
}

/// Runs a test of the queue alone, on a database without API or worker, and audits the
/// database when the test ends.
pub async fn with_database(test: impl AsyncFnOnce(&Database)) {
    let database = Database::create().await;
    test(&database).await;
    database.audit().await;
    database.drop().await;
}

/// Runs a test on a database without any schema, created with these options.
pub async fn with_empty_database(options: &str, test: impl AsyncFnOnce(&Database)) {
    let (server, name) = (server(), format!("test_{}", Uuid::now_v7().simple()));
    let create = AssertSqlSafe(format!("create database {name} {options}"));
    sqlx::raw_sql(create).execute(&mut admin_connection(&server).await).await.expect("an empty database");
    let database = Database::connect(&server, name).await;
    test(&database).await;
    database.drop().await;
}

impl Database {
    pub(crate) async fn create() -> Self {
        Self::create_at(&server()).await
    }

    /// Creates a database on this server.
    pub async fn create_at(server: &str) -> Self {
        let name = format!("test_{}", Uuid::now_v7().simple());
        let mut admin = admin_connection(server).await;
        let template = template(server, &mut admin).await;
        let create = AssertSqlSafe(format!("create database {name} template {template}"));
        sqlx::raw_sql(create).execute(&mut admin).await.expect("a copy of the template");
        Self::connect(server, name).await
    }

    /// Creates a database with the migrations up to `version`, restores the rows of a dump,
    /// and applies the remaining migrations.
    pub async fn restore(version: i64, dump: String) -> Self {
        let (server, name) = (server(), format!("test_{}", Uuid::now_v7().simple()));
        let create = AssertSqlSafe(format!("create database {name}"));
        sqlx::raw_sql(create).execute(&mut admin_connection(&server).await).await.expect("an empty database");
        let database = Self::connect(&server, name).await;
        domain::db::MIGRATOR.run_to(version, database.db.pool()).await.expect("the earlier migrations run");
        sqlx::raw_sql(AssertSqlSafe(dump)).execute(&database.db).await.expect("the dump is restored");
        domain::db::migrate(&database.db).await.expect("the later migrations run");
        sqlx::raw_sql(CHANGE_TRIGGERS).execute(&database.db).await.expect("the triggers are created");
        database
    }

    pub(crate) async fn connect(server: &str, name: String) -> Self {
        let url = url_of(server, &name);
        let db = domain::db::connect(&url, 8).await.expect("a connection to the test's database");
        Self { url, db, server: server.to_owned(), name }
    }

    /// Fails the test if an invariant is violated.
    pub async fn audit(&self) {
        let violations = audit::audit(&self.db, DEFAULT_MAX_AGE).await.expect("an audit");
        assert!(violations.is_empty(), "invariants are violated: {violations:#?}");
    }

    /// Executes statements, for example to move time or to damage rows.
    pub async fn execute(&self, sql: &'static str) {
        sqlx::raw_sql(sql).execute(&self.db).await.expect("the statements succeed");
    }

    /// Returns the one number that a query selects.
    pub async fn scalar(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&self.db).await.expect("a number")
    }

    /// Waits until the number that a query selects is `min` or more.
    pub async fn wait_for_count(&self, sql: &'static str, min: i64) {
        wait_for(&self.url, async || (self.scalar(sql).await >= min).then_some(())).await;
    }

    /// Drops the database. It is called after success only: a failed test leaves its database
    /// behind for inspection.
    pub(crate) async fn drop(self) {
        self.db.close().await;
        let drop = AssertSqlSafe(format!("drop database {} with (force)", self.name));
        let mut admin = admin_connection(&self.server).await;
        sqlx::raw_sql(drop).execute(&mut admin).await.expect("the database is dropped");
    }
}

/// Waits until `check` returns a value. It checks again after every change to the tables that
/// have a notifying trigger.
pub(crate) async fn wait_for<T>(url: &str, check: impl AsyncFn() -> Option<T>) -> T {
    let mut changes = PgListener::connect(url).await.expect("a listening connection");
    changes.listen("test_changes").await.expect("a listening connection");
    let found = async {
        loop {
            if let Some(found) = check().await {
                return found;
            }
            changes.recv().await.expect("a notification");
        }
    };
    timeout(TEST_TIMEOUT, found).await.expect("the condition was not met in time")
}
