//! What must hold before a schema is migrated.

use sqlx::PgConnection;

use super::error::DbError;
use super::migrate_error::{Blocker, MigrateError};

/// The oldest server that the schema works on.
const MIN_VERSION: i32 = 15;

/// Refuses a server or a database that cannot work, and a role that lacks a privilege.
pub(super) async fn check(connection: &mut PgConnection) -> Result<(), MigrateError> {
    let found = sqlx::query!(
        r#"
        select
            current_setting('server_version_num')::int / 10000 as "version!",
            current_setting('server_encoding') as "encoding!",
            pg_is_in_recovery() as "in_recovery!",
            current_setting('transaction_read_only') = 'on' as "read_only!",
            current_user::text as "role!",
            current_database()::text as "database!",
            current_schema()::text as schema,
            coalesce(has_schema_privilege(current_schema(), 'create'), false) as "may_create!",
            (select relowner::regrole::text from pg_class
             where oid = to_regclass('_sqlx_migrations') and not pg_has_role(relowner, 'usage')) as owner
        "#
    )
    .fetch_one(connection)
    .await
    .map_err(MigrateError::Db)?;
    let schema = found.schema.unwrap_or_else(|| "public".to_owned());
    let refusal = if found.version < MIN_VERSION {
        MigrateError::Version(found.version)
    } else if found.encoding != "UTF8" {
        MigrateError::Encoding { database: found.database, encoding: found.encoding }
    } else if found.in_recovery {
        MigrateError::Standby
    } else if found.read_only {
        MigrateError::ReadOnly(found.role)
    } else if let Some(owner) = found.owner {
        MigrateError::NotOwner { role: found.role, owner }
    } else if !found.may_create {
        MigrateError::NoPrivilege { role: found.role, schema }
    } else {
        return Ok(());
    };
    Err(refusal)
}

/// Returns the session that probably blocks a migration.
pub(super) async fn blocker(connection: &mut PgConnection) -> Result<Option<Blocker>, DbError> {
    sqlx::query_as!(
        Blocker,
        r#"
        select
            pid as "pid!",
            application_name as "application_name!",
            extract(epoch from clock_timestamp() - xact_start)::bigint as "seconds!"
        from pg_stat_activity activity
        where pid <> pg_backend_pid() and datname = current_database() and xact_start is not null
            and exists (
                select from pg_locks locks
                where locks.pid = activity.pid and granted and locktype in ('relation', 'advisory')
            )
        order by xact_start
        limit 1
        "#
    )
    .fetch_optional(connection)
    .await
}
