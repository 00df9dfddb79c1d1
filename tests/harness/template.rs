//! The template database: migrated once for each server, and copied for each test.
//!
//! Nextest runs each test in its own process, so an advisory lock elects the process that
//! creates the template. Its name depends on the build, because a feature may change the
//! schema, and on the day, because the template has the partitions of the coming days.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::{SystemTime, UNIX_EPOCH};

use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::server::url_of;

/// Serialises the creation of the template, in the maintenance database.
const LOCK: i64 = 0x7465_6d70_6c61_7465;

/// Notifies the tests of every change to the tables they wait for.
pub(crate) const CHANGE_TRIGGERS: &str = "
    create function notify_test() returns trigger language plpgsql as $$
    begin
        notify test_changes;
        return null;
    end
    $$;
    create trigger notify_test after insert or update or delete on queue for each statement execute function notify_test();
    create trigger notify_test after insert or update on job for each statement execute function notify_test();
    create trigger notify_test after insert or update or delete on worker for each statement execute function notify_test();
    create trigger notify_test after insert or update on stat_minute for each statement execute function notify_test();
    create trigger notify_test after update on api_key for each statement execute function notify_test();
    create trigger notify_test after insert on event for each statement execute function notify_test();
";

/// Returns the name of the template database, after creating it if this server has none.
pub(crate) async fn template(server: &str, admin: &mut PgConnection) -> String {
    let name = name();
    if !exists(admin, &name).await {
        sqlx::query("select pg_advisory_lock($1)").bind(LOCK).execute(&mut *admin).await.expect("a lock");
        if !exists(admin, &name).await {
            create(server, admin, &name).await;
        }
        sqlx::query("select pg_advisory_unlock($1)").bind(LOCK).execute(&mut *admin).await.expect("an unlock");
    }
    name
}

/// Only a finished template is marked as one.
async fn exists(admin: &mut PgConnection, name: &str) -> bool {
    let found = sqlx::query_scalar("select exists (select from pg_database where datname = $1 and datistemplate)");
    found.bind(name).fetch_one(admin).await.expect("a list of databases")
}

async fn create(server: &str, admin: &mut PgConnection, name: &str) {
    execute(admin, format!("drop database if exists {name} with (force)")).await;
    execute(admin, format!("create database {name}")).await;
    let url = url_of(server, name);
    let db = domain::db::connect(&url, 1).await.expect("a connection to the template");
    domain::db::migrate(&db).await.expect("the migrations run");
    db.close().await;
    let mut template = PgConnection::connect(&url).await.expect("a connection to the template");
    sqlx::raw_sql(CHANGE_TRIGGERS).execute(&mut template).await.expect("the triggers are created");
    template.close().await.expect("a closed connection");
    // A database cannot be copied while anything is connected to it.
    execute(admin, format!("alter database {name} with allow_connections false is_template true")).await;
}

async fn execute(admin: &mut PgConnection, sql: String) {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(admin).await.expect("a database statement");
}

fn name() -> String {
    let binary = std::env::current_exe().expect("the path of the test binary");
    let modified = binary.metadata().and_then(|metadata| metadata.modified()).expect("a modification time");
    let mut build = DefaultHasher::new();
    (binary, modified).hash(&mut build);
    let day = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970").as_secs() / 86_400;
    format!("tintype_template_{:016x}_{day}", build.finish())
}
