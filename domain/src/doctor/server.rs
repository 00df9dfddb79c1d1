//! The versions of the server, of the schema and of this program.

use sqlx::migrate::{Migrate, MigrateError};

use super::finding::{Finding, Status};
use crate::db::MIGRATOR;
use crate::{Db, DbError};

/// The oldest supported server.
const MIN_SERVER_VERSION: i32 = 150_000;

/// Where the driver notes which migrations were applied.
const MIGRATIONS_TABLE: &str = "_sqlx_migrations";

pub(super) async fn server(db: &Db) -> Result<Vec<Finding>, DbError> {
    let row = sqlx::query!(
        r#"
        select
            current_setting('server_version') as "version!",
            current_setting('server_version_num')::integer as "number!",
            pg_encoding_to_char(encoding)::text as "encoding!",
            current_user::text as "role!",
            to_regclass('setting') is not null as "has_schema!",
            coalesce(has_table_privilege(to_regclass('_sqlx_migrations'), 'SELECT'), false) as "is_visible!"
        from pg_database
        where datname = current_database()
        "#
    )
    .fetch_one(db)
    .await?;
    let old = (row.number < MIN_SERVER_VERSION).then_some((Status::Fail, "upgrade the server to version 15 or newer"));
    let other = (row.encoding != "UTF8").then_some((Status::Fail, "create the database with the encoding UTF8"));
    let schema = match (row.has_schema, row.is_visible) {
        (false, _) => Finding::new("schema", Status::Fail, "absent").advised("run `tintype migrate`"),
        (true, false) => Finding::new("schema", Status::Unknown, format!("{} may not read its version", row.role))
            .advised("run deploy/grants.sql: see docs/operations.md#roles-and-grants"),
        (true, true) => schema(db).await?,
    };
    Ok(vec![
        Finding::judged("server", format!("PostgreSQL {}, as the role {}", row.version, row.role), old),
        Finding::judged("encoding", row.encoding, other),
        schema,
    ])
}

/// Compares the migrations of the database with those of this program.
async fn schema(db: &Db) -> Result<Finding, DbError> {
    let mut connection = db.pool().acquire().await?;
    let applied = connection.list_applied_migrations(MIGRATIONS_TABLE).await.map_err(|error| {
        if let MigrateError::Execute(error) = error { error } else { DbError::Migrate(Box::new(error)) }
    })?;
    let newest = applied.iter().map(|migration| migration.version).max().unwrap_or_default();
    let own = MIGRATOR.iter().map(|migration| migration.version).max().unwrap_or_default();
    let value = format!("migration {newest}; tintype {} has {own}", env!("CARGO_PKG_VERSION"));
    let bad = match newest.cmp(&own) {
        std::cmp::Ordering::Less => Some((Status::Fail, "older than this program: run `tintype migrate`")),
        std::cmp::Ordering::Equal => None,
        std::cmp::Ordering::Greater => {
            Some((Status::Warn, "newer than this program: use binaries of that version or newer"))
        }
    };
    Ok(Finding::judged("schema", value, bad))
}
