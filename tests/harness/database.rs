//! A database for one test: made from the migrations, told of every change, dropped at the end.

use domain::job::MAX_AGE;
use domain::{Db, audit};
use sqlx::postgres::PgListener;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::time::timeout;
use uuid::Uuid;

use crate::PATIENCE;

/// Tells of every change to what stories wait for.
const BELL: &str = "
    create function ring_harness() returns trigger language plpgsql as $$
    begin
        notify harness;
        return null;
    end
    $$;
    create trigger ring_harness after insert or update or delete on queue for each statement execute function ring_harness();
    create trigger ring_harness after insert or update on job for each statement execute function ring_harness();
    create trigger ring_harness after insert or update or delete on worker for each statement execute function ring_harness();
    create trigger ring_harness after insert or update on stat_minute for each statement execute function ring_harness();
";

/// A database, with the schema and nothing in it.
pub struct Database {
    /// Where it is, for processes.
    pub url: String,
    /// A way to it.
    pub db: Db,
    server: String,
    name: String,
}

/// Tells a story of the queue alone: no API and no worker, just a database, audited when
/// the story ends.
pub async fn on_database(happen: impl AsyncFnOnce(&Database)) {
    let database = Database::create().await;
    happen(&database).await;
    database.audit().await;
    database.drop().await;
}

impl Database {
    pub(crate) async fn create() -> Self {
        Self::create_at(&server()).await
    }

    /// Makes a database on a server of the test's own.
    pub async fn create_at(server: &str) -> Self {
        let name = format!("test_{}", Uuid::now_v7().simple());
        let mut admin = admin(server).await;
        let create = AssertSqlSafe(format!("create database {name}"));
        sqlx::raw_sql(create).execute(&mut admin).await.expect("a test may create its database");
        let url = url_of(server, &name);
        let db = domain::schema::connect(&url, 8).await.expect("a test connects to its database");
        domain::schema::migrate(&db).await.expect("the migrations run");
        sqlx::raw_sql(BELL).execute(&db).await.expect("the bell hangs");
        Self { url, db, server: server.to_owned(), name }
    }

    /// Fails the test where an invariant does not hold.
    pub async fn audit(&self) {
        let broken = audit::audit(&self.db, MAX_AGE).await.expect("the audit runs");
        assert!(broken.is_empty(), "invariants are broken: {broken:#?}");
    }

    /// Changes what only time or a fault would change.
    pub async fn change(&self, sql: &'static str) {
        sqlx::raw_sql(sql).execute(&self.db).await.expect("a change");
    }

    /// Counts.
    pub async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&self.db).await.expect("a count")
    }

    /// Waits until a count is reached.
    pub async fn until_count(&self, sql: &'static str, least: i64) {
        until(&self.url, async || (self.count(sql).await >= least).then_some(())).await;
    }

    /// Only after success: what a failed test leaves is there to be looked at.
    pub(crate) async fn drop(self) {
        self.db.close().await;
        let drop = AssertSqlSafe(format!("drop database {} with (force)", self.name));
        sqlx::raw_sql(drop).execute(&mut admin(&self.server).await).await.expect("a test drops its database");
    }
}

/// Waits until a look finds what it looks for. It looks again after every change.
pub(crate) async fn until<T>(url: &str, look: impl AsyncFn() -> Option<T>) -> T {
    let mut bell = PgListener::connect(url).await.expect("a test listens");
    bell.listen("harness").await.expect("a test listens");
    let found = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            bell.recv().await.expect("the bell rings");
        }
    };
    timeout(PATIENCE, found).await.expect("what was waited for never came")
}

async fn admin(server: &str) -> PgConnection {
    PgConnection::connect(server).await.expect("Postgres answers at DATABASE_URL")
}

fn server() -> String {
    std::env::var("DATABASE_URL").expect("DATABASE_URL names a Postgres for tests: run them by `just test`")
}

/// The server's URL with another database in its path.
fn url_of(server: &str, name: &str) -> String {
    let (base, query) = server.split_once('?').unwrap_or((server, ""));
    let root = base.rsplit_once('/').map_or(base, |(root, _)| root);
    format!("{root}/{name}?{query}")
}
