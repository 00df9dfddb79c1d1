//! The roles of deploy/roles.sql and deploy/grants.sql: an owner, a service, a reader and an operator.

use std::path::Path;

use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

use crate::database::Database;
use crate::postgres::PostgresServer;
use crate::process::{binary, run};
use crate::server::{admin_connection, url_of};
use crate::template::CHANGE_TRIGGERS;

/// The URLs with which each role connects to one database.
pub struct Roles {
    /// Owns the schema, and migrates it.
    pub owner: String,
    /// What the API and the workers connect as.
    pub service: String,
    /// Reads what the console shows.
    pub reader: String,
    /// Changes what the console changes.
    pub operator: String,
}

impl Roles {
    /// Creates a database as docs/operations.md says: a superuser runs `roles.sql`, and the owner
    /// `tintype migrate` and `grants.sql`. Processes connect to it as the service; the pool of the
    /// test is a superuser's.
    pub async fn create(server: &PostgresServer) -> (Database, Self) {
        let name = format!("test_{}", Uuid::now_v7().simple());
        let mut admin: PgConnection = admin_connection(&server.url).await;
        let create = AssertSqlSafe(format!("create database {name}"));
        sqlx::raw_sql(create).execute(&mut admin).await.expect("an empty database");
        let database_url = url_of(&server.url, &name);
        let url = |role: &str| database_url.replacen("postgres@", &format!("tintype_{role}@"), 1);
        let roles =
            Self { owner: url("owner"), service: url("service"), reader: url("reader"), operator: url("operator") };
        psql(server, &database_url, "roles.sql").await;
        let migrated = run(&binary("tintype"), &["migrate"], &[("DATABASE_URL", &roles.owner)]).await;
        assert_eq!(migrated.code, Some(0), "{}", migrated.stderr);
        psql(server, &roles.owner, "grants.sql").await;
        let mut database = Database::connect(&server.url, name).await;
        sqlx::raw_sql(CHANGE_TRIGGERS).execute(&database.db).await.expect("the triggers are created");
        roles.service.clone_into(&mut database.url);
        (database, roles)
    }
}

/// Runs a script of `deploy/`.
async fn psql(server: &PostgresServer, url: &str, script: &str) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy").join(script);
    let script = script.to_str().expect("a plain path");
    let output = run(&server.program("psql"), &["--no-psqlrc", "--quiet", url, "-f", script], &[]).await;
    assert_eq!(output.code, Some(0), "{script}: {}", output.stderr);
}
