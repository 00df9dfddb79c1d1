//! Sessions: what every one of ours is set to, whatever its role, its database and the server say.

use std::time::Duration;

use sqlx::PgConnection;

use super::error::{DbError, sqlstate};

/// Who uses a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum User {
    /// A service: its statements are small, and need the primary.
    Service,
    /// The console: it reads as a service does, and from a standby, too.
    Reader,
    /// An operator's command, whose statements may take long, and may run on a standby.
    Operator,
}

/// What statements rely on. They are set by a statement, because poolers refuse startup parameters.
/// `synchronous_commit` is not among them: how durable a commit is, operators decide.
const COMMON: [(&str, &str); 21] = [
    // The guards of the verbs are made for it: a higher level fails concurrent statements.
    ("default_transaction_isolation", "read committed"),
    ("default_transaction_deferrable", "off"),
    // No transaction of ours is idle, and a session of the pool may be idle for as long as it likes.
    ("idle_in_transaction_session_timeout", "1min"),
    ("idle_session_timeout", "0"),
    // What literals, arrays and comparisons mean.
    ("standard_conforming_strings", "on"),
    ("array_nulls", "on"),
    ("transform_null_equals", "off"),
    // Where our tables are, unless the URL says otherwise.
    ("search_path", "public"),
    // How values are written as text.
    ("client_encoding", "UTF8"),
    ("bytea_output", "hex"),
    ("TimeZone", "UTC"),
    ("DateStyle", "ISO, MDY"),
    ("IntervalStyle", "postgres"),
    ("extra_float_digits", "1"),
    // Hidden rows would be lost jobs, and silent triggers wrong sums.
    ("row_security", "on"),
    ("session_replication_role", "origin"),
    // The plans that the statements were measured with.
    ("enable_indexscan", "on"),
    ("enable_bitmapscan", "on"),
    ("enable_nestloop", "on"),
    ("enable_partition_pruning", "on"),
    // A role may ask for messages about every statement.
    ("client_min_messages", "warning"),
];

/// Statements of services are small and always use an index. A plan made while the queue was
/// empty would be a sequential scan, and would be kept while the queue fills: after 10,000 jobs a
/// claim took 10 ms, after 100,000 jobs 150 ms. So sequential scans are priced out, and JIT
/// compilation, which a limit that cannot be estimated triggers, is off.
///
/// Each statement is planned once a connection. Otherwise Postgres plans those on partitioned tables
/// again for each call, because it prices a generic plan as if it read every partition: with 32 of
/// them, planning a claim took 0.9 ms, and running it 0.2 ms. `tests/queue/plans.rs` checks the generic plans.
///
/// When a connection closes, the server ends its statement within a second, even one that waits for a lock; it
/// notices a dead host within 15 seconds.
const SERVICE: [(&str, &str); 11] = [
    ("plan_cache_mode", "force_generic_plan"),
    ("statement_timeout", "10s"),
    // Shorter than the above, so that the error says that it was a lock.
    ("lock_timeout", "9s"),
    ("transaction_timeout", "0"),
    ("enable_seqscan", "off"),
    ("jit", "off"),
    ("client_connection_check_interval", "1s"),
    ("tcp_user_timeout", "15s"),
    ("tcp_keepalives_idle", "5"),
    ("tcp_keepalives_interval", "5"),
    ("tcp_keepalives_count", "2"),
];

/// The console changes nothing on the connections it reads with. A view that takes longer is too expensive for the
/// database that it shows, and what is locked is not waited for.
const READER: [(&str, &str); 5] = [
    // Its filters are as different as what operators look for.
    ("plan_cache_mode", "auto"),
    ("statement_timeout", "1500ms"),
    ("lock_timeout", "200ms"),
    ("idle_in_transaction_session_timeout", "5s"),
    ("default_transaction_read_only", "on"),
];

/// An operator's statement may take as long as it takes.
const OPERATOR: [(&str, &str); 4] =
    [("statement_timeout", "0"), ("lock_timeout", "0"), ("transaction_timeout", "0"), ("plan_cache_mode", "auto")];

/// What a session is.
#[derive(Debug)]
pub(super) struct Session {
    /// The server's process.
    pub(super) backend: i32,
    pub(super) in_recovery: bool,
    pub(super) read_only: bool,
}

/// Sets a session up, with these settings last. Settings that the server does not know, and those
/// that are as they should be, which the role may not be allowed to set, are left.
pub(super) async fn set_up(
    connection: &mut PgConnection,
    user: User,
    settings: &[(String, String)],
) -> Result<Session, DbError> {
    let of_user = match user {
        User::Service => SERVICE.to_vec(),
        User::Reader => [SERVICE.as_slice(), &READER].concat(),
        User::Operator => OPERATOR.to_vec(),
    };
    let settings = settings.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let (names, values): (Vec<_>, Vec<_>) = COMMON.into_iter().chain(of_user).chain(settings).unzip();
    sqlx::query_as!(
        Session,
        r#"
        with changed as materialized (
            select count(set_config(name, value, false)) as settings
            from unnest($1::text[], $2::text[]) as wanted (name, value)
            where current_setting(name, true) is distinct from value
                and (name <> 'transaction_timeout' or current_setting(name, true) is not null)
        )
        select
            pg_backend_pid() as "backend!",
            pg_is_in_recovery() as "in_recovery!",
            current_setting('transaction_read_only') = 'on' as "read_only!"
        from changed
        where settings >= 0
        "#,
        &names as _,
        &values as _,
    )
    .fetch_one(connection)
    .await
}

/// Returns the server's process of a session.
pub(super) async fn backend(connection: &mut PgConnection) -> Result<i32, DbError> {
    sqlx::query_scalar!(r#"select pg_backend_pid() as "backend!""#).fetch_one(connection).await
}

/// Returns the server's process of a session, and how long ago it was started.
pub(super) async fn backend_and_age(connection: &mut PgConnection) -> Result<(i32, Duration), DbError> {
    let started = sqlx::query!(
        r#"
        select
            pid as "backend!",
            extract(epoch from clock_timestamp() - backend_start)::float8 as "age!"
        from pg_stat_activity
        where pid = pg_backend_pid()
        "#,
    );
    let started = started.fetch_one(connection).await?;
    Ok((started.backend, Duration::try_from_secs_f64(started.age).unwrap_or_default()))
}

/// Whether a session may write.
pub(super) async fn is_writable(connection: &mut PgConnection) -> Result<bool, DbError> {
    sqlx::query_scalar!(r#"select current_setting('transaction_read_only') = 'off' as "writable!""#)
        .fetch_one(connection)
        .await
}

/// Whether the error says that statements that this session has prepared are gone, or are another session's.
pub(super) fn is_lost(error: &DbError) -> bool {
    sqlstate(error).is_some_and(|code| ["26000", "42P05", "34000", "08P01"].contains(&code.as_ref()))
}
