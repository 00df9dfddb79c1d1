//! A database for one test: made from the migrations, told of every change, dropped at the end.

use domain::Db;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use uuid::Uuid;

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

pub(crate) struct Database {
    pub(crate) url: String,
    pub(crate) db: Db,
    name: String,
}

impl Database {
    pub(crate) async fn create() -> Self {
        let name = format!("test_{}", Uuid::now_v7().simple());
        let mut admin = admin().await;
        let create = AssertSqlSafe(format!("create database {name}"));
        sqlx::raw_sql(create).execute(&mut admin).await.expect("a test may create its database");
        let url = url_of(&name);
        let db = domain::schema::connect(&url, 8).await.expect("a test connects to its database");
        domain::schema::migrate(&db).await.expect("the migrations run");
        sqlx::raw_sql(BELL).execute(&db).await.expect("the bell hangs");
        Self { url, db, name }
    }

    /// Only after success: what a failed test leaves is there to be looked at.
    pub(crate) async fn drop(self) {
        self.db.close().await;
        let drop = AssertSqlSafe(format!("drop database {} with (force)", self.name));
        sqlx::raw_sql(drop).execute(&mut admin().await).await.expect("a test drops its database");
    }
}

async fn admin() -> PgConnection {
    PgConnection::connect(&server()).await.expect("Postgres answers at DATABASE_URL")
}

fn server() -> String {
    std::env::var("DATABASE_URL").expect("DATABASE_URL names a Postgres for tests: run them by `just test`")
}

/// The server's URL with another database in its path.
fn url_of(name: &str) -> String {
    let server = server();
    let (base, query) = server.split_once('?').map_or((server.as_str(), ""), |(base, query)| (base, query));
    let root = base.rsplit_once('/').map_or(base, |(root, _)| root);
    format!("{root}/{name}?{query}")
}
