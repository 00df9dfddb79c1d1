//! Privileges: what the role of the service lacks, by name.

use std::fmt;

use super::sqlstate;
use crate::{Db, DbError};

/// The SQLSTATE of a statement that the role may not execute.
const INSUFFICIENT_PRIVILEGE: &str = "42501";

/// Where the grants are described.
const HELP: &str = "run deploy/grants.sql as the owner, see docs/operations.md#roles-and-grants";

/// A privilege that the API and the workers need, and that their role lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingPrivilege {
    /// The role.
    pub role: String,
    /// The privilege, such as `INSERT`.
    pub privilege: String,
    /// What it is missing on, such as `job`.
    pub object: String,
}

impl fmt::Display for MissingPrivilege {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { role, privilege, object } = self;
        write!(f, "the role {role} lacks {privilege} on {object}: {HELP}")
    }
}

/// Returns a description of the error if the role lacks a privilege. The service must not retry it
/// as it retries an outage: it goes on until somebody grants the privilege.
pub fn denied(error: &DbError) -> Option<String> {
    let is_denied = sqlstate(error).is_some_and(|code| code == INSUFFICIENT_PRIVILEGE);
    is_denied.then(|| match error.as_database_error() {
        Some(error) => format!("{}: {HELP}", error.message()),
        None => HELP.to_owned(),
    })
}

/// Returns what the role of this connection lacks of what deploy/grants.sql grants the service.
/// Objects that do not exist are not reported.
pub async fn missing_privileges(db: &Db) -> Result<Vec<MissingPrivilege>, DbError> {
    sqlx::query_as!(
        MissingPrivilege,
        r#"
        with required (object, privileges) as (values
            ('account', 'SELECT, UPDATE'),
            ('api_key', 'SELECT'),
            ('event', 'SELECT, INSERT, DELETE'),
            ('failure', 'SELECT, INSERT, DELETE'),
            ('idempotency', 'SELECT, INSERT, UPDATE, DELETE'),
            ('job', 'SELECT, INSERT, UPDATE'),
            ('job_default', 'SELECT, DELETE'),
            ('ledger', 'SELECT, INSERT'),
            ('queue', 'SELECT, INSERT, UPDATE, DELETE'),
            ('result', 'SELECT, INSERT'),
            ('secret', 'SELECT, INSERT, DELETE'),
            ('setting', 'SELECT'),
            ('source', 'SELECT, INSERT'),
            ('stat_account', 'SELECT, INSERT, UPDATE, DELETE'),
            ('stat_expiry', 'SELECT, INSERT, UPDATE, DELETE'),
            ('stat_flush', 'SELECT, INSERT, UPDATE, DELETE'),
            ('stat_minute', 'SELECT, INSERT, UPDATE, DELETE'),
            ('stat_outcome', 'SELECT, INSERT, UPDATE, DELETE'),
            ('worker', 'SELECT, INSERT, UPDATE, DELETE'),
            ('_sqlx_migrations', 'SELECT')
        ), missing (object, privilege) as (
            select 'the schemas of its search_path (' || current_setting('search_path') || ')', 'USAGE'
            where current_schema() is null
            union all
            select object, privilege
            from required
            cross join lateral regexp_split_to_table(privileges, ', ') as privilege
            where has_table_privilege(to_regclass(object), privilege) is false
            union all
            select format('%s (%s)', object, column_name), 'UPDATE'
            from (values ('api_key', 'last_used_at'), ('api_key', 'arrives_at')) as columns (object, column_name)
            where exists (
                    select from pg_attribute where attrelid = to_regclass(object) and attname = column_name
                )
                and has_column_privilege(to_regclass(object), column_name, 'UPDATE') is false
            union all
            select inhrelid::regclass::text, 'SELECT'
            from pg_inherits
            where inhparent in (to_regclass('result'), to_regclass('source'))
                and has_table_privilege(inhrelid, 'SELECT') is false
            union all
            select object, privilege
            from (values
                ('clock_bulk', 'SELECT'), ('clock_bulk', 'UPDATE'),
                ('clock_interactive', 'SELECT'), ('clock_interactive', 'UPDATE'),
                ('lease_number', 'USAGE')
            ) as sequences (object, privilege)
            where has_sequence_privilege(to_regclass(object), privilege) is false
            union all
            select object, 'EXECUTE'
            from unnest(array[
                'stand_job_partitions()', 'drop_job_partitions(interval)', 'sweep(smallint)'
            ]) as object
            where has_function_privilege(to_regprocedure(object), 'EXECUTE') is false
        )
        select current_user::text as "role!", privilege as "privilege!", object as "object!" from missing order by 3, 2
        "#
    )
    .fetch_all(db)
    .await
}
