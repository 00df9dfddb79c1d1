//! The cause of an error, in one line and without secrets.

use std::io::ErrorKind;

use super::error::{DbError, sqlstate};

/// Why no connection could be had, other than for the driver's own reasons.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoConnection {
    /// Every attempt failed for this reason.
    #[error("{0}")]
    Cause(String),
    /// Others hold all of them.
    #[error("all {0} connections of this process are in use")]
    Busy(u32),
    /// The server is a standby.
    #[error("the server is a standby: the primary is elsewhere")]
    Standby,
    /// The server, the database or the role allows reading only.
    #[error("the server accepts no writes: default_transaction_read_only is on")]
    ReadOnly,
    /// Something in between does not keep sessions.
    #[error("a pooler in transaction mode is in front of the server: use its session mode, or connect directly")]
    TransactionPooler,
    /// Packets are lost on the way.
    #[error("the server does not respond")]
    Silent,
}

impl From<NoConnection> for DbError {
    fn from(cause: NoConnection) -> Self {
        Self::Io(std::io::Error::other(cause))
    }
}

/// Returns why there is no connection, if that is what the error says.
pub(super) fn no_connection(error: &DbError) -> Option<&NoConnection> {
    if let DbError::Io(error) = error { error.get_ref()?.downcast_ref() } else { None }
}

/// Marks an error of connecting: that of a statement whose response is lost looks the same.
pub(super) fn never_sent(error: DbError) -> DbError {
    let is_ambiguous = matches!(error, DbError::Io(_) | DbError::Tls(_) | DbError::Protocol(_));
    if is_ambiguous && no_connection(&error).is_none() { NoConnection::Cause(describe(&error)).into() } else { error }
}

/// Whether the error says that there was no connection, so that its statement was never sent.
pub(crate) fn is_no_connection(error: &DbError) -> bool {
    matches!(error, DbError::PoolTimedOut | DbError::PoolClosed) || no_connection(error).is_some()
}

/// Returns the error of a statement of several calls for one more of them: whether it was sent, and the cause.
pub(crate) fn repeat(error: &DbError) -> DbError {
    match no_connection(error) {
        Some(cause) => cause.clone().into(),
        None if is_no_connection(error) => DbError::PoolTimedOut,
        None => DbError::Io(std::io::Error::other(describe(error))),
    }
}

/// Describes an error of the database in one line: "connection refused", "password authentication failed
/// for user …". It names no host, and never a password.
pub fn describe(error: &DbError) -> String {
    let text = if let DbError::Io(error) = error {
        io(error)
    } else if let DbError::Tls(error) = error {
        format!("no TLS connection: {error}")
    } else if let DbError::Configuration(error) = error {
        error.to_string()
    } else if let DbError::Database(error) = error {
        error.message().to_owned() + hint(&sqlstate_of(error.as_ref()))
    } else if let DbError::PoolTimedOut = error {
        "no connection in time".to_owned()
    } else {
        error.to_string()
    };
    text.lines().next().unwrap_or_default().to_owned()
}

fn sqlstate_of(error: &dyn sqlx::error::DatabaseError) -> String {
    error.code().unwrap_or_default().into_owned()
}

/// What Postgres's own message does not say.
fn hint(code: &str) -> &'static str {
    match code {
        "26000" | "42P05" | "34000" => " (a pooler in transaction mode? use its session mode, or connect directly)",
        "42P01" | "42703" | "42883" | "42704" => " (the schema is absent or older: run `tintype migrate`)",
        super::meaning::READ_ONLY => " (the server is a standby or was demoted)",
        _ => "",
    }
}

/// Shortens what the operating system says.
fn io(error: &std::io::Error) -> String {
    for (kind, text) in [
        (ErrorKind::NotFound, "its socket does not exist"),
        (ErrorKind::PermissionDenied, "its socket may not be opened"),
        (ErrorKind::UnexpectedEof, "the server closed the connection"),
    ] {
        if error.kind() == kind {
            return text.to_owned();
        }
    }
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    if let Some(reason) = text.strip_prefix("failed to lookup address information: ") {
        let unknown = ["Name or service not known", "nodename nor servname", "No address associated"];
        let is_unknown = unknown.iter().any(|known| reason.starts_with(known));
        return if is_unknown { "no such host".to_owned() } else { format!("its host cannot be resolved: {reason}") };
    }
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_lowercase().to_string()).unwrap_or_default();
    first + characters.as_str()
}

/// Whether the error says that the session cannot write.
pub(super) fn is_read_only(error: &DbError) -> bool {
    sqlstate(error).is_some_and(|code| code == super::meaning::READ_ONLY)
}

/// Whether a session was refused, by us or by the server, as opposed to lost.
pub(super) fn is_refusal(error: &DbError) -> bool {
    if let DbError::Io(_) = error {
        return no_connection(error).is_some();
    }
    sqlstate(error).is_some_and(|code| !["08", "53", "57"].iter().any(|class| code.starts_with(class)))
}

#[cfg(test)]
mod tests {
    use std::io::{Error, ErrorKind};

    use super::{NoConnection, describe, is_no_connection, never_sent, repeat};
    use crate::DbError;
    use crate::db::is_away;

    #[test]
    fn an_error_of_connecting_differs_from_that_of_a_statement_and_reads_the_same() {
        for refused in [
            || DbError::Io(Error::from_raw_os_error(111)),
            || DbError::Tls("server does not support TLS".into()),
            || DbError::Protocol("unexpected response from SSLRequest".to_owned()),
        ] {
            assert!(!is_no_connection(&refused()));
            let marked = never_sent(refused());

            assert!(is_no_connection(&marked));
            assert_eq!(describe(&marked), describe(&refused()));
        }
        assert!(is_no_connection(&never_sent(NoConnection::Standby.into())));
        assert!(!is_no_connection(&never_sent(DbError::RowNotFound)));
    }

    #[test]
    fn a_repeated_error_says_whether_its_statement_was_sent_and_that_the_database_is_away() {
        for error in [
            DbError::Io(ErrorKind::TimedOut.into()),
            DbError::WorkerCrashed,
            DbError::PoolTimedOut,
            DbError::PoolClosed,
            NoConnection::Silent.into(),
        ] {
            let repeated = repeat(&error);

            assert_eq!(is_no_connection(&repeated), is_no_connection(&error), "{error:?}");
            assert!(is_away(&repeated), "{error:?}");
        }
    }

    #[test]
    fn the_cause_is_one_line() {
        for (error, says) in [
            (DbError::Io(Error::from_raw_os_error(111)), "connection refused"),
            (DbError::Io(ErrorKind::NotFound.into()), "its socket does not exist"),
            (DbError::Io(ErrorKind::UnexpectedEof.into()), "the server closed the connection"),
            (
                DbError::Io(Error::other("failed to lookup address information: Name or service not known")),
                "no such host",
            ),
            (
                DbError::Io(Error::other("failed to lookup address information: Temporary failure in name resolution")),
                "its host cannot be resolved: Temporary failure in name resolution",
            ),
            (DbError::Tls("server does not support TLS".into()), "no TLS connection: server does not support TLS"),
            (NoConnection::Busy(4).into(), "all 4 connections of this process are in use"),
            (NoConnection::Cause("two\nlines".to_owned()).into(), "two"),
        ] {
            assert_eq!(describe(&error), says);
        }
    }
}
